package dev.tally.http;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;

/**
 * Publishes the OpenAPI document as it was written. The container would say {@code text/plain}, and
 * add whatever server the header Host names.
 */
@WebServlet(urlPatterns = "/openapi")
public class Document extends HttpServlet {

    /** RFC 9512. */
    private static final String YAML = "application/yaml";

    private static final String WRITTEN = "/META-INF/openapi.yaml";

    /** Where the container publishes the document that the page shows: see server.xml. */
    private static final String OF_CONTAINER = "/openapi/document";

    /** Answers YAML, or shows the way to the JSON that the container makes of it. */
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if ("JSON".equalsIgnoreCase(request.getParameter("format"))) {
            response.setStatus(HttpServletResponse.SC_FOUND);
            response.setHeader("Location", OF_CONTAINER + "?format=JSON");
            return;
        }
        response.setContentType(YAML);
        try (var document = Document.class.getResourceAsStream(WRITTEN)) {
            document.transferTo(response.getOutputStream());
        }
    }
}
