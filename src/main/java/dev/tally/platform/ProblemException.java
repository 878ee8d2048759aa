package dev.tally.platform;

import java.util.Map;
import jakarta.ws.rs.core.Response;

public class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1;
    public ProblemException(ProblemType t, String detail) { super(detail); }
    public ProblemException(ProblemType t, String detail, Map<String, Object> x) { super(detail); }
    public Response toResponse() { return null; }
}
