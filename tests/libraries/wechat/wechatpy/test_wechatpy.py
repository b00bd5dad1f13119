"""Tests wechatpy against the simulated WeChat."""

import http.server
import json
import os
import threading
import unittest
import urllib.parse
import urllib.request

from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient, parse_message
from wechatpy.crypto import WeChatCrypto, WeChatWxaCrypto
from wechatpy.exceptions import (
    APILimitedException,
    InvalidAppIdException,
    InvalidSignatureException,
    WeChatClientException,
)
from wechatpy.utils import check_signature, check_wxa_signature

SIM = os.environ["WECHAT_SIM_URL"]
APP, SECRET = os.environ["WECHAT_APP_ID"], os.environ["WECHAT_APP_SECRET"]
OTHER_APP, OTHER_SECRET = os.environ["WECHAT_OTHER_APP_ID"], os.environ["WECHAT_OTHER_APP_SECRET"]
PUSH_TOKEN = os.environ["WECHAT_PUSH_TOKEN"]
ENCODING_AES_KEY = os.environ["WECHAT_ENCODING_AES_KEY"]

# The simulator is on this machine, so a proxy from the environment is ignored.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ToSimulator(HTTPAdapter):
    """Sends requests for WeChat to the simulator, and refuses all others."""

    def send(self, request, **kwargs):
        url = urllib.parse.urlsplit(request.url)
        if url.netloc != "api.weixin.qq.com":
            raise AssertionError(f"unexpected request to {url.netloc}")
        sim = urllib.parse.urlsplit(SIM)
        request.url = url._replace(scheme=sim.scheme, netloc=sim.netloc).geturl()
        return super().send(request, **kwargs)


def client(app_id=APP, secret=SECRET):
    made = WeChatClient(app_id, secret)
    made._http.trust_env = False
    made._http.mount("https://", ToSimulator())
    made._http.mount("http://", ToSimulator())
    return made


def control(method, path, body=None):
    request = urllib.request.Request(SIM + path, method=method)
    data = None if body is None else json.dumps(body).encode()
    with DIRECT.open(request, data) as response:
        text = response.read()
    return json.loads(text) if text else None


class Receiver(http.server.BaseHTTPRequestHandler):
    """A mini-program's server that reads pushes with wechatpy."""

    def do_GET(self):
        query = self.signed_query()
        self.answer(query["echostr"])

    def do_POST(self):
        query = self.signed_query()
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if query.get("encrypt_type") == "aes":
            crypto = WeChatCrypto(PUSH_TOKEN, ENCODING_AES_KEY, APP)
            message = json.loads(body) if self.headers["content-type"] == "application/json" else body
            body = crypto.decrypt_message(
                message, query["msg_signature"], query["timestamp"], query["nonce"]
            )
        self.server.messages.append(body if isinstance(body, str) else body.decode())
        self.answer("success")

    def signed_query(self):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        check_signature(PUSH_TOKEN, query["signature"], query["timestamp"], query["nonce"])
        return query

    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Simulated(unittest.TestCase):
    def setUp(self):
        control("DELETE", "/sim")

    def assert_refused(self, errcode, call, *arguments):
        with self.assertRaises(WeChatClientException) as refused:
            call(*arguments)
        self.assertEqual(refused.exception.errcode, errcode)

    def sign_in(self, **wanted):
        made = control("POST", "/sim/codes", {"appId": APP, **wanted})
        return client().wxa.code_to_session(made["code"])


class Code2Session(Simulated):
    def test_a_code_is_exchanged_once(self):
        made = control("POST", "/sim/codes", {"appId": APP, "unionid": "u-alice"})
        session = client().wxa.code_to_session(made["code"])
        self.assertEqual(session["openid"], made["openid"])
        self.assertEqual(session["unionid"], "u-alice")
        self.assertEqual(len(session["session_key"]), 24)
        self.assert_refused(40163, client().wxa.code_to_session, made["code"])
        self.assert_refused(40029, client().wxa.code_to_session, "unknown")

    def test_a_user_has_the_same_unionid_in_another_app(self):
        here = self.sign_in(unionid="u-alice")
        made = control("POST", "/sim/codes", {"appId": OTHER_APP, "unionid": "u-alice"})
        self.assert_refused(40029, client().wxa.code_to_session, made["code"])
        there = client(OTHER_APP, OTHER_SECRET).wxa.code_to_session(made["code"])
        self.assertNotEqual(here["openid"], there["openid"])
        self.assertEqual(here["unionid"], there["unionid"])

    def test_a_unionid_can_be_added_later(self):
        session = self.sign_in(openid="o-late")
        self.assertNotIn("unionid", session)
        control("PUT", "/sim/people/o-late", {"appId": APP, "unionid": "u-late"})
        self.assertEqual(self.sign_in(openid="o-late")["unionid"], "u-late")


class AccessToken(Simulated):
    def test_a_token_is_valid_for_two_hours(self):
        made = client().fetch_access_token()
        self.assertEqual(made["expires_in"], 7200)
        self.assertTrue(made["access_token"])
        self.assert_refused(40125, client(APP, OTHER_SECRET).fetch_access_token)
        self.assert_refused(40013, client("wxunknown").fetch_access_token)

    def test_an_expired_or_superseded_token_is_renewed(self):
        first = client()
        first.fetch_access_token()
        for seconds, why in [(7300, "expired"), (0, "superseded")]:
            if why == "superseded":
                client().fetch_access_token()
                seconds = 301
            old = first.access_token
            control("POST", "/sim/clock", {"advanceSeconds": seconds})
            code = control("POST", "/sim/phone-codes", {"appId": APP})["code"]
            self.assertEqual(first.wxa.get_phone_number(code)["errmsg"], "ok", why)
            self.assertNotEqual(first.access_token, old, why)
        outcomes = [call["outcome"]["errcode"] for call in control("GET", "/sim/calls")["calls"]]
        self.assertEqual(outcomes, [0, 42001, 0, 0, 0, 40001, 0, 0])

    def test_an_exceeded_quota_is_an_error(self):
        fault = {"call": "getuserphonenumber", "fault": "errcode", "errcode": 45009}
        control("PUT", "/sim/faults", [fault])
        with self.assertRaises(APILimitedException):
            client().wxa.get_phone_number("any")


class PhoneNumber(Simulated):
    def test_a_code_is_exchanged_for_the_phone_number(self):
        for country_code_as, expected in [("string", "86"), ("number", 86)]:
            made = control(
                "POST",
                "/sim/phone-codes",
                {"appId": APP, "phoneNumber": "13800000000", "countryCodeAs": country_code_as},
            )
            info = client().wxa.get_phone_number(made["code"])["phone_info"]
            self.assertEqual(info["phoneNumber"], "13800000000")
            self.assertEqual(info["purePhoneNumber"], "13800000000")
            self.assertEqual(info["countryCode"], expected)
            self.assertEqual(info["watermark"]["appid"], APP)
            self.assert_refused(40029, client().wxa.get_phone_number, made["code"])


class OpenData(Simulated):
    def test_data_are_decrypted_and_their_signature_is_verified(self):
        session = self.sign_in()
        data = {"nickName": "微信用户", "gender": 0, "purePhoneNumber": "13800000000"}
        given = control(
            "POST", "/sim/open-data", {"appId": APP, "openid": session["openid"], "data": data}
        )
        crypto = WeChatWxaCrypto(session["session_key"], given["iv"], APP)
        opened = crypto.decrypt_message(given["encryptedData"])
        self.assertEqual(opened.pop("watermark")["appid"], APP)
        self.assertEqual(opened, data)

        check_wxa_signature(session["session_key"], given["rawData"], given["signature"])
        with self.assertRaises(InvalidSignatureException):
            check_wxa_signature(session["session_key"], given["rawData"] + " ", given["signature"])
        with self.assertRaises(InvalidAppIdException):
            other = WeChatWxaCrypto(session["session_key"], given["iv"], OTHER_APP)
            other.decrypt_message(given["encryptedData"])


class Push(Simulated):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.server.messages = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}/push"

    def test_the_address_is_verified(self):
        answer = control("POST", "/sim/push/verify", {"appId": APP, "url": self.url})
        self.assertTrue(answer["verified"], answer)

    def test_events_arrive_in_both_modes_and_formats(self):
        for mode in ["plain", "safe"]:
            for format in ["xml", "json"]:
                answer = control(
                    "POST",
                    "/sim/push",
                    {
                        "appId": APP,
                        "url": self.url,
                        "event": "user_authorization_revoke",
                        "openid": "o-alice",
                        "mode": mode,
                        "format": format,
                        "fields": {"RevokeInfo": "8"},
                    },
                )
                self.assertEqual((answer["status"], answer["body"]), (200, "success"))
                message = self.server.messages.pop()
                if format == "json":
                    read = json.loads(message)
                else:
                    parsed = parse_message(message)
                    self.assertEqual(parsed.source, "o-alice")
                    read = parsed._data
                self.assertEqual(read["Event"], "user_authorization_revoke")
                self.assertEqual(read["OpenID"], "o-alice")
                self.assertEqual(read["AppID"], APP)
                self.assertEqual(read["RevokeInfo"], "8")


if __name__ == "__main__":
    unittest.main()
