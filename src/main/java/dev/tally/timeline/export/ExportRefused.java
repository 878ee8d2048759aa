package dev.tally.timeline.export;

import dev.tally.http.ProblemException;
import dev.tally.http.ProblemType;

/** Thrown if an export cannot be made whole. */
public final class ExportRefused extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final ProblemType type;

    ExportRefused(ProblemType type, String detail) {
        super(detail);
        this.type = type;
    }

    /** The problem to answer with. */
    public ProblemException problem() {
        return new ProblemException(type, getMessage());
    }
}
