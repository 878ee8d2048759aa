package dev.tally.http;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;
import java.util.Arrays;

/**
 * Gives the container's own errors, which no resource saw, the same form as all others. web.xml
 * names this servlet as its error page.
 */
@WebServlet(urlPatterns = ContainerErrors.PATH)
public class ContainerErrors extends HttpServlet {

    static final String PATH = "/container-error";

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        var status = (Integer) request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        var problem =
                new ProblemException(
                        type(status == null ? 404 : status), "See /openapi for the API.");
        Problem.write(problem, response);
    }

    private static ProblemType type(int status) {
        if (status == ProblemType.INVALID_REQUEST.status()) return ProblemType.INVALID_REQUEST;
        return Arrays.stream(ProblemType.values())
                .filter(type -> type.status() == status)
                .findFirst()
                .orElse(status < 500 ? ProblemType.INVALID_REQUEST : ProblemType.INTERNAL_ERROR);
    }
}
