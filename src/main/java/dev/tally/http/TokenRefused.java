package dev.tally.http;

/**
 * Says why a token is not valid. The caller reads the reason. It names no value that the token
 * should have had, so that it helps a guest who lost the key and not a burglar.
 */
final class TokenRefused extends Exception {

    TokenRefused(String reason) {
        super(reason);
    }
}
