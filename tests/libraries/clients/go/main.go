// Uses a client that openapi-generator has generated.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"reflect"

	"wxlogin.tests/clientcheck/wxlogin"
)

func main() {
	log.SetFlags(log.Lshortfile)
	url, code, phoneCode, apiKey := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	configuration := wxlogin.NewConfiguration()
	configuration.Servers = wxlogin.ServerConfigurations{{URL: url}}
	client := wxlogin.NewAPIClient(configuration)
	anybody := context.Background()

	request := wxlogin.NewLoginRequest(code)
	request.SetNickname("小明")
	login := done(client.SignInAPI.LogInV1(anybody).LoginRequest(*request).Execute())
	user := login.User
	equal(login.IsNewUser, true)
	equal(user.GetNickname(), "小明")
	me := done(client.AccountAPI.GetMeV1(bearer(login.AccessToken)).Execute())
	equal(reflect.DeepEqual(*me, user), true)

	refreshed := done(client.SignInAPI.RefreshTokenV1(anybody).
		RefreshRequest(*wxlogin.NewRefreshRequest(login.RefreshToken)).Execute())
	equal(refreshed.ExpiresIn > 0, true)
	person := bearer(refreshed.AccessToken)
	me = done(client.AccountAPI.GetMeV1(person).Execute())
	equal(reflect.DeepEqual(*me, user), true)

	bound := done(client.AccountAPI.BindPhoneV1(person).
		PhoneRequest(*wxlogin.NewPhoneRequest(phoneCode)).Execute())
	equal(bound.Id, user.Id)
	equal(bound.Phone.CountryCode, "86")

	introspection := done(client.BackEndsAPI.IntrospectV1(bearer(apiKey)).
		Token(refreshed.AccessToken).Execute())
	equal(introspection.Active, true)
	equal(introspection.GetSub(), user.Id)

	_, answer, err := client.BackEndsAPI.IntrospectV1(bearer("nobody.knows")).
		Token(refreshed.AccessToken).Execute()
	unknown := refusal[wxlogin.OAuthProblem](answer, err, http.StatusUnauthorized)
	equal(unknown.Code, "client_invalid")
	equal(unknown.Error, "invalid_client")
	// It has a member that a Problem does not know, as answers of a newer service may.
	var newer wxlogin.Problem
	check(json.Unmarshal(encoded(unknown), &newer))
	equal(newer.Code, unknown.Code)

	_, answer, err = client.SignInAPI.LogInV1(anybody).
		LoginRequest(*wxlogin.NewLoginRequest(code)).Execute()
	used := refusal[wxlogin.Problem](answer, err, http.StatusConflict)
	equal(used.Code, "login_code_used")

	_, answer, err = client.AccountAPI.GetMeV1(bearer("no.such.token")).Execute()
	forged := refusal[wxlogin.Problem](answer, err, http.StatusUnauthorized)
	equal(forged.Code, "token_invalid")

	answer, err = client.SignInAPI.LogOutV1(person).
		LogoutRequest(*wxlogin.NewLogoutRequest()).Execute()
	check(err)
	equal(answer.StatusCode, http.StatusNoContent)
	_, answer, err = client.AccountAPI.GetMeV1(person).Execute()
	ended := refusal[wxlogin.Problem](answer, err, http.StatusUnauthorized)
	equal(ended.Code, "token_invalid")
}

func bearer(token string) context.Context {
	return context.WithValue(context.Background(), wxlogin.ContextAccessToken, token)
}

func done[T any](found *T, _ *http.Response, err error) *T {
	check(err)
	return found
}

func refusal[T any](answer *http.Response, err error, status int) T {
	var refused *wxlogin.GenericOpenAPIError
	if !errors.As(err, &refused) {
		log.Panic(err)
	}
	equal(answer.StatusCode, status)
	problem, typed := refused.Model().(T)
	equal(typed, true)
	return problem
}

func encoded(value any) []byte {
	text, err := json.Marshal(value)
	check(err)
	return text
}

func check(err error) {
	if err != nil {
		log.Panic(err)
	}
}

func equal[T comparable](found, wanted T) {
	if found != wanted {
		log.Panicf("%v, not %v", found, wanted)
	}
}
