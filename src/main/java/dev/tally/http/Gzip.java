package dev.tally.http;

import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.WriterInterceptor;
import jakarta.ws.rs.ext.WriterInterceptorContext;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/**
 * Compresses JSON answers that are large, where the caller takes gzip. What is sent line by line is
 * left alone, since the caller waits for each line.
 */
@Provider
public class Gzip implements WriterInterceptor {

    /** Smallest answer that is compressed, in bytes: below it, the caller would gain no packet. */
    static final int FROM_BYTES = 2_048;

    private static final String CODING = "gzip";

    @Context HttpHeaders request;

    @Override
    public void aroundWriteTo(WriterInterceptorContext answer) throws IOException {
        if (!isJson(answer.getMediaType())) {
            answer.proceed();
            return;
        }
        answer.getHeaders().add(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        if (!isTaken(request.getHeaderString(HttpHeaders.ACCEPT_ENCODING))) {
            answer.proceed();
            return;
        }
        var body = answer.getOutputStream();
        var whole = new ByteArrayOutputStream(FROM_BYTES);
        answer.setOutputStream(whole);
        answer.proceed();
        if (whole.size() < FROM_BYTES) {
            whole.writeTo(body);
            return;
        }
        answer.getHeaders().putSingle(HttpHeaders.CONTENT_ENCODING, CODING);
        try (var gzip = new GZIPOutputStream(body)) {
            whole.writeTo(gzip);
        }
    }

    private static boolean isJson(MediaType type) {
        return type != null
                && type.getType().equals("application")
                && (type.getSubtype().equals("json") || type.getSubtype().endsWith("+json"));
    }

    /** True if a header {@code Accept-Encoding} has gzip, and not with the weight 0. */
    static boolean isTaken(String header) {
        return header != null
                && Arrays.stream(header.toLowerCase(Locale.ROOT).split(","))
                        .map(coding -> coding.replace(" ", ""))
                        .anyMatch(coding -> coding.equals(CODING) || isWeighted(coding));
    }

    private static boolean isWeighted(String coding) {
        return coding.startsWith(CODING + ";q=")
                && !coding.substring(CODING.length() + 3).matches("0(\\.0*)?");
    }
}
