// Package silenceper runs github.com/silenceper/wechat against the simulated WeChat.
package silenceper

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/miniprogram"
	"github.com/silenceper/wechat/v2/miniprogram/config"
	"github.com/silenceper/wechat/v2/miniprogram/encryptor"
	"github.com/silenceper/wechat/v2/miniprogram/message"
	"github.com/silenceper/wechat/v2/util"
)

const wechat = "https://api.weixin.qq.com"

var (
	sim    = os.Getenv("WECHAT_SIM_URL")
	app    = os.Getenv("WECHAT_APP_ID")
	secret = os.Getenv("WECHAT_APP_SECRET")
)

// Requests go to loopback addresses only, without a proxy.
func TestMain(m *testing.M) {
	dialer := net.Dialer{}
	util.DefaultHTTPClient = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if !strings.HasPrefix(address, "127.0.0.1:") {
				return nil, errors.New("not a loopback address: " + address)
			}
			return dialer.DialContext(ctx, network, address)
		},
	}}
	util.SetURIModifier(func(uri string) string {
		return strings.Replace(uri, wechat, sim, 1)
	})
	os.Exit(m.Run())
}

type object = map[string]any

// control sends a request to the simulator's control API; an error fails the test.
func control(t *testing.T, method, path string, body any) object {
	t.Helper()
	encoded, err := json.Marshal(body)
	check(t, err)
	request, err := http.NewRequest(method, sim+path, bytes.NewReader(encoded))
	check(t, err)
	response, err := util.DefaultHTTPClient.Do(request)
	check(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	check(t, err)
	if response.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	answer := object{}
	if len(text) > 0 && text[0] == '{' {
		check(t, json.Unmarshal(text, &answer))
	}
	return answer
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func refused(t *testing.T, err error, errcode string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), errcode) {
		t.Fatalf("got %v, want errcode %s", err, errcode)
	}
}

// fresh resets the simulator and returns a client with an empty cache.
func fresh(t *testing.T, stable bool) *miniprogram.MiniProgram {
	t.Helper()
	control(t, http.MethodDelete, "/sim", nil)
	return miniprogram.NewMiniProgram(&config.Config{
		AppID:          app,
		AppSecret:      secret,
		Token:          os.Getenv("WECHAT_PUSH_TOKEN"),
		EncodingAESKey: os.Getenv("WECHAT_ENCODING_AES_KEY"),
		Cache:          cache.NewMemory(),
		UseStableAK:    stable,
	})
}

func signIn(t *testing.T, mini *miniprogram.MiniProgram) (openid, sessionKey string) {
	t.Helper()
	made := control(t, http.MethodPost, "/sim/codes", object{"appId": app})
	session, err := mini.GetAuth().Code2Session(made["code"].(string))
	check(t, err)
	equal(t, "openid", session.OpenID, made["openid"].(string))
	return session.OpenID, session.SessionKey
}

// sign returns the signature of the empty string, which proves that one has the session key. The
// key's text signs.
func sign(sessionKey string) string {
	return hex.EncodeToString(hmac.New(sha256.New, []byte(sessionKey)).Sum(nil))
}

func TestCode2Session(t *testing.T) {
	mini := fresh(t, true)
	wanted := object{"appId": app, "unionid": "u-alice"}
	code := control(t, http.MethodPost, "/sim/codes", wanted)["code"].(string)
	session, err := mini.GetAuth().Code2Session(code)
	check(t, err)
	equal(t, "unionid", session.UnionID, "u-alice")
	_, err = mini.GetAuth().Code2Session(code)
	refused(t, err, "40163")
	_, err = mini.GetAuth().Code2Session("unknown")
	refused(t, err, "40029")
}

func TestAccessTokens(t *testing.T) {
	for _, stable := range []bool{true, false} {
		first, err := fresh(t, stable).GetAuth().GetAccessToken()
		check(t, err)
		again, err := miniprogram.NewMiniProgram(&config.Config{
			AppID: app, AppSecret: secret, Cache: cache.NewMemory(), UseStableAK: stable,
		}).GetAuth().GetAccessToken()
		check(t, err)
		equal(t, "the same token for a second instance", first == again, stable)
	}
}

func TestForcedRefresh(t *testing.T) {
	fresh(t, true)
	tokens := credential.NewStableAccessToken(app, secret, "", cache.NewMemory()).(*credential.StableAccessToken)
	var given []string
	for _, force := range []bool{false, true, true} {
		answer, err := tokens.GetAccessTokenDirectly(context.Background(), force)
		check(t, err)
		given = append(given, answer.AccessToken)
	}
	equal(t, "a forced refresh changes the token", given[0] != given[1], true)
	equal(t, "a second refresh within 30 seconds", given[1], given[2])
}

func TestPhoneNumber(t *testing.T) {
	for _, stable := range []bool{true, false} {
		mini := fresh(t, stable)
		wanted := object{"appId": app, "phoneNumber": "51234567", "countryCode": "852"}
		code := control(t, http.MethodPost, "/sim/phone-codes", wanted)["code"].(string)
		answer, err := mini.GetAuth().GetPhoneNumber(code)
		check(t, err)
		equal(t, "number", answer.PhoneInfo.PurePhoneNumber, "51234567")
		equal(t, "country", answer.PhoneInfo.CountryCode, "852")
		equal(t, "number with country", answer.PhoneInfo.PhoneNumber, "+85251234567")
		equal(t, "watermark", answer.PhoneInfo.WaterMark.AppID, app)
		_, err = mini.GetAuth().GetPhoneNumber(code)
		refused(t, err, "40029")
	}
}

func TestExpiredTokens(t *testing.T) {
	mini := fresh(t, true)
	_, err := mini.GetAuth().GetAccessToken()
	check(t, err)
	control(t, http.MethodPost, "/sim/clock", object{"advanceSeconds": 7300})
	_, err = mini.GetAuth().GetPhoneNumber("any")
	refused(t, err, "42001")
}

func TestSessionKeys(t *testing.T) {
	mini := fresh(t, true)
	openid, old := signIn(t, mini)
	check(t, mini.GetAuth().CheckSession(sign(old), openid))
	refused(t, mini.GetAuth().CheckSession(sign("another"), openid), "87009")

	reset, err := mini.GetAuth().ResetUserSessionKey(sign(old), openid)
	check(t, err)
	equal(t, "openid", reset.OpenID, openid)
	refused(t, mini.GetAuth().CheckSession(sign(old), openid), "87009")
	check(t, mini.GetAuth().CheckSession(sign(reset.SessionKey), openid))
}

func TestOpenData(t *testing.T) {
	mini := fresh(t, true)
	openid, sessionKey := signIn(t, mini)
	given := control(t, http.MethodPost, "/sim/open-data", object{
		"appId":  app,
		"openid": openid,
		"data":   object{"nickName": "微信用户", "purePhoneNumber": "13800000000", "countryCode": "86"},
	})
	encrypted, iv := given["encryptedData"].(string), given["iv"].(string)
	opened, err := mini.GetEncryptor().Decrypt(sessionKey, encrypted, iv)
	check(t, err)
	equal(t, "nickname", opened.NickName, "微信用户")
	equal(t, "number", opened.PurePhoneNumber, "13800000000")
	equal(t, "watermark", opened.Watermark.AppID, app)
	if _, err = mini.GetEncryptor().Decrypt("AAAAAAAAAAAAAAAAAAAAAA==", encrypted, iv); err == nil {
		t.Fatal("another key decrypted the data")
	}

	hash := sha256.Sum256([]byte(encrypted))
	checked, err := mini.GetAuth().CheckEncryptedData(hex.EncodeToString(hash[:]))
	check(t, err)
	equal(t, "data from WeChat", checked.Vaild && checked.CreateTime > 0, true)
	checked, err = mini.GetAuth().CheckEncryptedData(strings.Repeat("0", 64))
	check(t, err)
	equal(t, "unknown data", checked.Vaild, false)

	given = control(t, http.MethodPost, "/sim/open-data", object{
		"appId": app, "openid": openid, "data": object{}, "watermark": object{"appid": "wxother"},
	})
	_, err = mini.GetEncryptor().Decrypt(sessionKey, given["encryptedData"].(string), given["iv"].(string))
	equal(t, "another app's data", err, encryptor.ErrAppIDNotMatch)
}

func TestPush(t *testing.T) {
	mini := fresh(t, true)
	type received struct {
		dataType string
		body     []byte
		err      error
	}
	arrived := make(chan received, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dataType, body, err := mini.GetMessageReceiver().GetMsg(r)
		arrived <- received{dataType, body, err}
		_, _ = io.WriteString(w, "success")
	}))
	defer server.Close()

	for _, mode := range []string{"plain", "safe"} {
		for _, format := range []string{message.DataTypeXML, message.DataTypeJSON} {
			answer := control(t, http.MethodPost, "/sim/push", object{
				"appId":  app,
				"url":    server.URL + "/push",
				"event":  "user_authorization_cancellation",
				"openid": "o-alice",
				"mode":   mode,
				"format": format,
			})
			equal(t, "answer", answer["body"].(string), "success")
			got := <-arrived
			check(t, got.err)
			equal(t, "format", got.dataType, format)
			for _, part := range []string{"user_authorization_cancellation", "o-alice", app} {
				equal(t, part, bytes.Contains(got.body, []byte(part)), true)
			}
		}
	}
}
