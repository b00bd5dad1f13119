import com.example.wxlogin.ApiClient;
import com.example.wxlogin.ApiException;
import com.example.wxlogin.api.AccountApi;
import com.example.wxlogin.api.BackEndsApi;
import com.example.wxlogin.api.SignInApi;
import com.example.wxlogin.auth.HttpBearerAuth;
import com.example.wxlogin.model.Introspection;
import com.example.wxlogin.model.LoginAnswer;
import com.example.wxlogin.model.LoginRequest;
import com.example.wxlogin.model.LogoutRequest;
import com.example.wxlogin.model.OAuthProblem;
import com.example.wxlogin.model.PhoneRequest;
import com.example.wxlogin.model.Problem;
import com.example.wxlogin.model.RefreshAnswer;
import com.example.wxlogin.model.RefreshRequest;
import com.example.wxlogin.model.User;
import java.util.Objects;

/** Uses a client that openapi-generator has generated. */
final class Check {
    private final String url;

    private Check(String url) {
        this.url = url;
    }

    public static void main(String[] arguments) throws Exception {
        new Check(arguments[0]).all(arguments[1], arguments[2], arguments[3]);
    }

    private void all(String code, String phoneCode, String apiKey) throws Exception {
        SignInApi signIn = new SignInApi(new ApiClient().setBasePath(url));

        LoginAnswer login =
                signIn.logInV1(new LoginRequest().code(code).nickname("小明"), null);
        User user = login.getUser();
        equal(login.getIsNewUser(), true);
        equal(user.getNickname(), "小明");
        equal(new AccountApi(bearer("accessToken", login.getAccessToken())).getMeV1(), user);

        RefreshAnswer refreshed =
                signIn.refreshTokenV1(new RefreshRequest().refreshToken(login.getRefreshToken()));
        equal(refreshed.getExpiresIn() > 0, true);
        ApiClient person = bearer("accessToken", refreshed.getAccessToken());
        AccountApi account = new AccountApi(person);
        equal(account.getMeV1(), user);

        User bound = account.bindPhoneV1(new PhoneRequest().code(phoneCode));
        equal(bound.getId(), user.getId());
        equal(bound.getPhone().getCountryCode(), "86");

        String token = refreshed.getAccessToken();
        Introspection introspection =
                new BackEndsApi(bearer("apiKey", apiKey)).introspectV1(token, null);
        equal(introspection.getActive(), true);
        equal(introspection.getSub(), user.getId().toString());

        BackEndsApi nobody = new BackEndsApi(bearer("apiKey", "nobody.knows"));
        String unknown = refused(() -> nobody.introspectV1(token, null), 401, "client_invalid");
        equal(OAuthProblem.fromJson(unknown).getError(), "invalid_client");

        refused(() -> signIn.logInV1(new LoginRequest().code(code), null), 409, "login_code_used");
        AccountApi forged = new AccountApi(bearer("accessToken", "no.such.token"));
        refused(() -> forged.getMeV1(), 401, "token_invalid");

        new SignInApi(person).logOutV1(new LogoutRequest());
        refused(() -> account.getMeV1(), 401, "token_invalid");
    }

    private ApiClient bearer(String scheme, String token) {
        ApiClient client = new ApiClient().setBasePath(url);
        ((HttpBearerAuth) client.getAuthentication(scheme)).setBearerToken(token);
        return client;
    }

    private interface Call {
        Object answer() throws ApiException;
    }

    /** Answers the body of the refusal. */
    private static String refused(Call call, int status, String code) throws Exception {
        try {
            throw new AssertionError(call.answer());
        } catch (ApiException error) {
            equal(error.getCode(), status);
            // An OAuthProblem has a member that a Problem does not know, as answers of a newer
            // service may.
            Problem problem = Problem.fromJson(error.getResponseBody());
            equal(problem.getStatus(), status);
            equal(problem.getCode(), code);
            return error.getResponseBody();
        }
    }

    private static void equal(Object found, Object wanted) {
        if (!Objects.equals(found, wanted)) {
            throw new AssertionError(found + ", not " + wanted);
        }
    }
}
