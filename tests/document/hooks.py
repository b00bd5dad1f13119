"""Gives Schemathesis valid credentials, and in most of the valid cases the values that only the simulated
WeChat and wxlogin can make: codes, tokens, ids."""

import base64
import hashlib
import itertools
import json
import os
import time
import zlib

import requests
import schemathesis
from hypothesis import strategies

API = os.environ["WXLOGIN_URL"]
SIMULATOR = os.environ["WECHAT_SIM_URL"]
APP_ID = os.environ["WECHAT_APP_ID"]
PUSH_TOKEN = os.environ["WECHAT_PUSH_TOKEN"]
CLIENT = os.environ["WXLOGIN_CLIENT_ID"], os.environ["WXLOGIN_CLIENT_SECRET"]
IMAGE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

PUSH = (
    "<xml><ToUserName>gh_0</ToUserName><FromUserName>oNobody</FromUserName><CreateTime>1767225600</CreateTime>"
    "<MsgType>event</MsgType><Event>debug_demo</Event></xml>"
).encode()

schemathesis.openapi.format("binary", strategies.just(IMAGE) | strategies.binary())

http = requests.Session()
numbers = itertools.count()
schemes = itertools.cycle(["Basic", "Bearer"])
# The openid of each access token.
people = {}


def checked(answer):
    answer.raise_for_status()
    return answer.json()


def simulated(path, **body):
    return checked(http.post(f"{SIMULATOR}/sim/{path}", json={"appId": APP_ID, **body}))


def openid():
    return f"oSchemathesis{next(numbers):015}"


def code():
    return simulated("codes", openid=openid())["code"]


def log_in(person=None):
    person = person or openid()
    login = checked(http.post(f"{API}/v1/login", json={"code": simulated("codes", openid=person)["code"]}))
    people[login["accessToken"]] = person
    return login


def user_id():
    return log_in()["user"]["id"]


def phone_code(person):
    return simulated("phone-codes", openid=person)["code"]


def user_with_phone():
    login = log_in()
    headers = {"authorization": f"Bearer {login['accessToken']}"}
    body = {"code": phone_code(people[login["accessToken"]])}
    return checked(http.post(f"{API}/v1/me/phone", headers=headers, json=body))["id"]


def conflict():
    """Lets WeChat report the unionid of one user for another."""
    unionid = f"u{next(numbers):027}"
    for person in [openid(), openid()]:
        user = log_in(person)["user"]["id"]
        set_unionid(person, unionid)
        log_in(person)
        # In one app, the simulator gives a unionid to one person at a time.
        set_unionid(person, None)
    page = checked(http.get(f"{API}/v1/admin/conflicts", params={"userId": user}, auth=CLIENT))
    return page["conflicts"][0]["id"]


def set_unionid(person, unionid):
    http.put(f"{SIMULATOR}/sim/people/{person}", json={"appId": APP_ID, "unionid": unionid}).raise_for_status()


def avatar():
    headers = {"authorization": f"Bearer {log_in()['accessToken']}"}
    user = checked(http.post(f"{API}/v1/me/avatar", headers=headers, files={"file": IMAGE}))
    return user["avatarUrl"].rsplit("/", 1)[1]


@schemathesis.auth(refresh_interval=None)
class Credentials:
    """Signs a new user in for each case of a user's operation, because many of these end the session."""

    def get(self, case, context):
        names = {name for scheme in case.operation.definition.raw["security"] for name in scheme}
        if not names:
            return None
        if "accessToken" in names:
            return f"Bearer {log_in()['accessToken']}"
        if next(schemes) == "Bearer":
            return f"Bearer {'.'.join(CLIENT)}"
        return f"Basic {base64.b64encode(':'.join(CLIENT).encode()).decode()}"

    def set(self, case, authorization, context):
        case.headers["Authorization"] = authorization


def access_token(case):
    return case.headers["Authorization"].removeprefix("Bearer ")


def session_id(case):
    payload = access_token(case).split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=="))["sid"]


def open_data(case, *names):
    made = simulated("open-data", openid=people[access_token(case)], data={"nickName": "小明"})
    return {name: made[name] for name in names}


def push_query():
    stamp = {"timestamp": str(int(time.time())), "nonce": "1514711492"}
    text = "".join(sorted([PUSH_TOKEN, *stamp.values()]))
    return {**stamp, "signature": hashlib.sha1(text.encode()).hexdigest()}


# By operation id: the members of the body, and the parameters, that are replaced.
BODIES = {
    "logInV1": lambda case: {"code": code(), "appId": APP_ID},
    "changeMeV1": lambda case: {"avatarUrl": f"https://cdn.example.com/{next(numbers)}.png"},
    "originalLogIn": lambda case: {"code": code()},
    "originalLogInUnderUsers": lambda case: {"code": code()},
    "refreshTokenV1": lambda case: {"refreshToken": log_in()["refreshToken"]},
    "logOutV1": lambda case: {"refreshToken": log_in()["refreshToken"]},
    "bindPhoneV1": lambda case: {"code": phone_code(people[access_token(case)])},
    "decryptOpenDataV1": lambda case: open_data(case, "encryptedData", "iv"),
    "verifyOpenDataV1": lambda case: open_data(case, "rawData", "signature"),
    "introspectV1": lambda case: {"token": log_in()["accessToken"]},
    "revokeV1": lambda case: {"token": log_in()["refreshToken"]},
    "mergeUsersV1": lambda case: {"from": user_id()},
    "resetSessionKeyV1": lambda case: {"appId": APP_ID},
    "receivePushV1": lambda case: PUSH,
}
PATHS = {
    "endMySessionV1": lambda case: {"id": session_id(case)},
    "getUserV1": lambda case: {"id": user_id()},
    "changeUserV1": lambda case: {"id": user_id()},
    "eraseUserV1": lambda case: {"id": user_id()},
    "releasePhoneV1": lambda case: {"id": user_with_phone()},
    "mergeUsersV1": lambda case: {"id": user_id()},
    "resetSessionKeyV1": lambda case: {"id": user_id()},
    "acceptUnionIdV1": lambda case: {"id": conflict()},
    "getWechatAccessTokenV1": lambda case: {"appId": APP_ID},
    "refreshWechatAccessTokenV1": lambda case: {"appId": APP_ID},
    "getAvatarV1": lambda case: {"name": avatar()},
    "verifyPushAddressV1": lambda case: {"appId": APP_ID},
    "receivePushV1": lambda case: {"appId": APP_ID},
}
QUERIES = {
    "verifyV1": lambda case: {"appId": APP_ID},
    "verifyPushAddressV1": lambda case: {**push_query(), "echostr": "5838479218127813673"},
    "receivePushV1": lambda case: push_query(),
}
HEADERS = {
    # The example would repeat another login.
    "logInV1": lambda case: {"Idempotency-Key": f"schemathesis-{next(numbers):020}"},
}


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive or not is_chosen(case):
        return
    name = case.operation.definition.raw["operationId"]
    if name in BODIES and isinstance(case.body, (dict, bytes)):
        body = BODIES[name](case)
        case.body = {**case.body, **body} if isinstance(body, dict) else body
    if name in PATHS:
        case.path_parameters = {**case.path_parameters, **PATHS[name](case)}
    if name in QUERIES:
        case.query = {**case.query, **QUERIES[name](case)}
    if name in HEADERS:
        case.headers.update(HEADERS[name](case))


def is_chosen(case):
    """Chooses three quarters of the cases, and always the same ones."""
    return zlib.crc32(repr((case.body, case.path_parameters, case.query)).encode()) % 4 != 0
