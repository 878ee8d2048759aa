package dev.tally.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/**
 * A certificate of a server on this machine, which is its own authority.
 *
 * @param certificate file with the certificate, as PEM
 * @param key secret file with the private key, as PEM
 */
public record Certificate(Path certificate, Path key) {

    private static final String PASSWORD = "only in a test";
    private static final String ALIAS = "server";

    /** A new certificate for a host's name, in a folder of its own. */
    public static Certificate of(String host, Path folder) throws IOException {
        Files.createDirectories(folder);
        var store = folder.resolve("store.p12").toAbsolutePath();
        Files.deleteIfExists(store);
        Programs.run(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + host,
                        "-ext",
                        "san=dns:" + host,
                        "-ext",
                        "bc:c=ca:true",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD));
        try {
            var keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
            var certificate = folder.resolve("certificate.pem").toAbsolutePath();
            var key = folder.resolve("key.pem").toAbsolutePath();
            Files.writeString(
                    certificate, pem("CERTIFICATE", keys.getCertificate(ALIAS).getEncoded()));
            Secret.write(
                    key,
                    pem("PRIVATE KEY", keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded()));
            return new Certificate(certificate, key);
        } catch (GeneralSecurityException e) {
            throw new IOException("The certificate cannot be read", e);
        }
    }

    private static String pem(String type, byte[] bytes) {
        var text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(type, text);
    }
}
