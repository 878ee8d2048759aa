package dev.tally.http;

/** An answer that is one page of several. {@link NextPage} links it to the next. */
public interface Page {

    /** Cursor of the next page; null on the last page. */
    String next();
}
