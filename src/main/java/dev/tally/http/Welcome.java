package dev.tally.http;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;

/**
 * Shows a person who opens the root in a browser where to go. It is a servlet, because the
 * resources take every other path and so hide the container's own welcome files.
 */
@WebServlet(urlPatterns = {"", Welcome.STYLE})
public class Welcome extends HttpServlet {

    static final String STYLE = "/welcome.css";

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        var style = STYLE.equals(request.getServletPath());
        response.setContentType(style ? "text/css" : "text/html");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-cache");
        var file = style ? "/welcome/welcome.css" : "/welcome/index.html";
        try (var content = getServletContext().getResourceAsStream(file)) {
            content.transferTo(response.getOutputStream());
        }
    }
}
