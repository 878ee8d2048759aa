package dev.tally.timeline.export;

import dev.tally.licensing.denials.DenialFilter;
import dev.tally.licensing.denials.DenialQueries;
import dev.tally.licensing.denials.Finding;
import dev.tally.licensing.denials.KeptDenial;
import dev.tally.licensing.denials.KeptDenial.Place;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.io.IOException;
import java.time.Instant;
import java.util.List;

/** What the customer was denied, the newest first. */
@ApplicationScoped
class DenialSource implements ExportSource {

    private static final String KIND = "denial";

    /** Denials that are read at a time. */
    static final int PAGE = 500;

    private static final DenialFilter ALL = new DenialFilter(null, null, null, null, null);

    @Inject DenialQueries denials;

    /**
     * A denial as the export tells it.
     *
     * @param rules what the rules that forbade it found the last time
     */
    record Told(
            String denialId,
            String kind,
            Instant firstAt,
            Instant lastAt,
            int count,
            KeptDenial.About about,
            List<Finding> rules) {

        static Told of(KeptDenial kept) {
            return new Told(
                    kept.place().id(),
                    kept.kind(),
                    kept.firstAt(),
                    kept.lastAt(),
                    kept.count(),
                    kept.about(),
                    kept.findings());
        }
    }

    @Override
    public void write(Exported of, ExportLines lines) throws IOException {
        lines.announce(KIND);
        Place last = null;
        DenialQueries.Part part;
        do {
            part = denials.older(of.customer(), ALL, last, PAGE);
            for (var kept : part.denials()) {
                lines.write(KIND, Told.of(kept));
                last = kept.place();
            }
        } while (part.isCut());
    }
}
