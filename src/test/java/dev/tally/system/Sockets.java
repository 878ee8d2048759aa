package dev.tally.system;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Connections to a node under test, with or without TLS, on which a test may send what it likes.
 */
final class Sockets {

    /** Takes any certificate: each node under test has made its own. */
    private static final X509TrustManager ANY =
            new X509TrustManager() {
                @Override
                public void checkClientTrusted(X509Certificate[] chain, String type) {}

                @Override
                public void checkServerTrusted(X509Certificate[] chain, String type) {}

                @Override
                public X509Certificate[] getAcceptedIssuers() {
                    return new X509Certificate[0];
                }
            };

    private Sockets() {}

    /** A connection to a node, by its address with http or https. */
    static Socket open(URI url) throws IOException {
        if (url.getScheme().equals("http")) return new Socket(url.getHost(), url.getPort());
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {ANY}, null);
            var socket =
                    (SSLSocket)
                            context.getSocketFactory().createSocket(url.getHost(), url.getPort());
            socket.startHandshake();
            return socket;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }
}
