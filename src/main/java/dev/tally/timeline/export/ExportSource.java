package dev.tally.timeline.export;

import java.io.IOException;

/**
 * One kind of data that is stored about a customer. Whoever stores a new kind adds a source, and
 * lists it in {@link Export#sources}.
 */
interface ExportSource {

    /**
     * Writes all that there is, some of it at a time.
     *
     * @throws IOException if the caller has gone, or reads too slowly
     */
    void write(Exported of, ExportLines lines) throws IOException;
}
