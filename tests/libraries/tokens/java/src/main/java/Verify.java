import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/**
 * Verifies access tokens as Spring does with spring.security.oauth2.resourceserver.jwt.issuer-uri and
 * .audiences.
 */
public final class Verify {
    private Verify() {}

    public static void main(String[] arguments) throws Exception {
        String issuer = arguments[0];
        String audience = arguments[1];
        NimbusJwtDecoder decoder = JwtDecoders.fromIssuerLocation(issuer);
        decoder.setJwtValidator(
                new DelegatingOAuth2TokenValidator<>(
                        JwtValidators.createDefaultWithIssuer(issuer),
                        new JwtClaimValidator<List<String>>(
                                JwtClaimNames.AUD,
                                named -> named != null && named.contains(audience))));
        System.out.println("ready");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String token = lines.readLine(); token != null; token = lines.readLine()) {
            try {
                Jwt jwt = decoder.decode(token);
                System.out.println("ok " + jwt.getSubject());
            } catch (JwtException error) {
                System.out.println("refused " + error.getClass().getSimpleName());
            }
        }
    }
}
