import sys
from http import HTTPStatus
from typing import Any

from wxlogin import AuthenticatedClient, Client
from wxlogin.api.account import bind_phone_v1, get_me_v1
from wxlogin.api.back_ends import introspect_v1
from wxlogin.api.sign_in import log_in_v1, log_out_v1, refresh_token_v1
from wxlogin.models import (
    Introspection,
    LoginAnswer,
    LoginRequest,
    LogoutRequest,
    OAuthProblem,
    Phone,
    PhoneRequest,
    Problem,
    RefreshAnswer,
    RefreshRequest,
    TokenForm,
    User,
)
from wxlogin.types import Response

url, code, phone_code, api_key = sys.argv[1:]
anonymous = Client(base_url=url)


def bearer(token: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=url, token=token)


def refused(answer: Response[Any], status: HTTPStatus, code: str) -> None:
    assert answer.status_code is status, answer
    assert isinstance(answer.parsed, Problem | OAuthProblem), answer
    assert answer.parsed.code == code, answer


login = log_in_v1.sync(client=anonymous, body=LoginRequest(code=code, nickname="小明"))
assert isinstance(login, LoginAnswer), login
assert login.is_new_user
assert isinstance(login.user, User)
assert login.user.nickname == "小明"
assert get_me_v1.sync(client=bearer(login.access_token)) == login.user

refreshed = refresh_token_v1.sync(client=anonymous, body=RefreshRequest(login.refresh_token))
assert isinstance(refreshed, RefreshAnswer), refreshed
assert refreshed.expires_in > 0
user_client = bearer(refreshed.access_token)
assert get_me_v1.sync(client=user_client) == login.user

bound = bind_phone_v1.sync(client=user_client, body=PhoneRequest(phone_code))
assert isinstance(bound, User), bound
assert bound.id == login.user.id
assert isinstance(bound.phone, Phone)
assert bound.phone.country_code == "86"

form = TokenForm(refreshed.access_token)
introspection = introspect_v1.sync(client=bearer(api_key), body=form)
assert isinstance(introspection, Introspection), introspection
assert introspection.active
assert introspection.sub == str(login.user.id)

unknown = introspect_v1.sync_detailed(client=bearer("unknown.client"), body=form)
refused(unknown, HTTPStatus.UNAUTHORIZED, "client_invalid")
assert isinstance(unknown.parsed, OAuthProblem)
assert unknown.parsed.error == "invalid_client"

used = log_in_v1.sync_detailed(client=anonymous, body=LoginRequest(code=code))
refused(used, HTTPStatus.CONFLICT, "login_code_used")
forged = get_me_v1.sync_detailed(client=bearer("no.such.token"))
refused(forged, HTTPStatus.UNAUTHORIZED, "token_invalid")

ended = log_out_v1.sync_detailed(client=user_client, body=LogoutRequest())
assert ended.status_code is HTTPStatus.NO_CONTENT
refused(get_me_v1.sync_detailed(client=user_client), HTTPStatus.UNAUTHORIZED, "token_invalid")
