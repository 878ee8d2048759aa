package dev.tally.bench;

import dev.tally.catalog.Title;
import dev.tally.eventstore.postgres.BinaryCopy;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Titles and studios by number, which are always available. A load generator can name a title
 * without having read it: {@code title-0042}.
 */
public record Catalogue(List<Title> titles) {

    public static Catalogue of(int titles, int studios) {
        return new Catalogue(
                IntStream.range(0, titles).mapToObj(n -> numbered(n, n % studios)).toList());
    }

    /** The title of a number. Titles repeat, so that every number has one. */
    Title title(int number) {
        return titles.get(number % titles.size());
    }

    public void load(Connection connection) throws SQLException, IOException {
        var copy =
                new BinaryCopy(connection, "tally.title", List.of("title_id", "name", "studio_id"));
        for (var title : titles) {
            copy.row().text(title.id().value()).text(title.name()).text(title.studio().value());
        }
        copy.finish();
    }

    private static Title numbered(int number, int studio) {
        return new Title(
                new TitleId("title-%04d".formatted(number)),
                "Title %d".formatted(number),
                new StudioId("studio-%02d".formatted(studio)),
                null,
                null);
    }
}
