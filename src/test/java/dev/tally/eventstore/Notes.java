package dev.tally.eventstore;

import dev.tally.eventstore.codec.EventMapper;
import dev.tally.eventstore.codec.EventModel;

import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A small feature for the event store's own tests: a customer's notes, and how often each was read.
 * It exists in two versions. The second has one more field, one more type of aggregate and another
 * state.
 *
 * @param reads by a note's id, which is also the id of another aggregate: its reader
 */
public record Notes(PMap<String, Note> byId, PMap<String, Integer> reads) {

    public static final Notes NONE = new Notes(HashTreePMap.empty(), HashTreePMap.empty());

    /** How long a note stays in the state after it was struck. */
    static final long STRUCK_KEPT_DAYS = 30;

    private static final AggregateType NOTE = new AggregateType(1, "Note");
    private static final AggregateType READER = new AggregateType(2, "Reader");
    private static final AggregateType DRAWING = new AggregateType(3, "Drawing");

    /**
     * A note.
     *
     * @param colour null if the note has none
     * @param struckAt null if the note was not struck
     */
    public record Note(String text, String colour, Instant struckAt) {}

    /**
     * A note was written.
     *
     * @param colour null if the note has none; only the second version can hold a colour
     */
    public record Written(String note, String text, String colour) {}

    public record Struck(String note, Instant at) {}

    /** A reader's device reported that a note was read. */
    public record ReadOnce(String note) {}

    /** An event that only the second version has. */
    public record Drawn(String drawing) {}

    private static final EventMapper<Written> WRITTEN_1 =
            EventMapper.of(1, "Written/1", NOTE, Written.class, Written::note)
                    .text("text", Written::text)
                    .holds(event -> event.colour() == null)
                    .reads((id, in) -> new Written(id, in.text(), null));

    private static final EventMapper<Struck> STRUCK_1 =
            EventMapper.of(2, "Struck/1", NOTE, Struck.class, Struck::note)
                    .instant("at", Struck::at)
                    .reads((id, in) -> new Struck(id, in.instant()));

    private static final EventMapper<ReadOnce> READ_1 =
            EventMapper.of(3, "ReadOnce/1", READER, ReadOnce.class, ReadOnce::note)
                    .reads((id, in) -> new ReadOnce(id));

    private static final EventMapper<Written> WRITTEN_2 =
            EventMapper.of(4, "Written/2", NOTE, Written.class, Written::note)
                    .text("text", Written::text)
                    .textOrNull("colour", Written::colour)
                    .reads((id, in) -> new Written(id, in.text(), in.textOrNull()));

    private static final EventMapper<Drawn> DRAWN_1 =
            EventMapper.of(5, "Drawn/1", DRAWING, Drawn.class, Drawn::drawing)
                    .reads((id, in) -> new Drawn(id));

    /** The first version of the feature. */
    public static final EventModel<Notes> FIRST =
            new EventModel<>(List.of(NOTE, READER), List.of(WRITTEN_1, STRUCK_1, READ_1), fold(1));

    /** The second version of the feature. The first one can read events that use nothing new. */
    public static final EventModel<Notes> SECOND =
            new EventModel<>(
                    List.of(NOTE, READER, DRAWING),
                    List.of(WRITTEN_1, STRUCK_1, READ_1, WRITTEN_2, DRAWN_1),
                    fold(2));

    private static Fold<Notes> fold(int schemaVersion) {
        return new Fold<>(
                schemaVersion,
                NONE,
                Notes::evolve,
                Notes::compact,
                Notes::isLive,
                Notes::aggregates,
                event -> !(event instanceof Struck),
                event -> event instanceof ReadOnce,
                List.of(Notes.class, Note.class));
    }

    /** The aggregate of a note. */
    public static Aggregate note(String id) {
        return new Aggregate(NOTE, id);
    }

    /** The aggregate of a note's readers, which has the same id as the note. */
    public static Aggregate readers(String id) {
        return new Aggregate(READER, id);
    }

    public Set<String> texts() {
        var texts = new HashSet<String>();
        byId.values().forEach(note -> texts.add(note.text()));
        return texts;
    }

    private Notes evolve(Recorded recorded) {
        return switch (recorded.event()) {
            case Written e ->
                    new Notes(byId.plus(e.note(), new Note(e.text(), e.colour(), null)), reads);
            case Struck e when byId.containsKey(e.note()) -> {
                var note = byId.get(e.note());
                yield new Notes(
                        byId.plus(e.note(), new Note(note.text(), note.colour(), e.at())), reads);
            }
            case ReadOnce e ->
                    new Notes(byId, reads.plus(e.note(), reads.getOrDefault(e.note(), 0) + 1));
            case Drawn e -> this;
            default -> throw new IllegalStateException(recorded + " cannot follow");
        };
    }

    private Notes compact(Instant now) {
        var from = now.minus(STRUCK_KEPT_DAYS, ChronoUnit.DAYS);
        var kept = byId;
        for (var entry : byId.entrySet()) {
            var struckAt = entry.getValue().struckAt();
            if (struckAt != null && !struckAt.isAfter(from)) kept = kept.minus(entry.getKey());
        }
        return new Notes(kept, reads);
    }

    private boolean isLive() {
        return !byId.isEmpty();
    }

    private Set<Aggregate> aggregates() {
        var aggregates = new HashSet<Aggregate>();
        byId.keySet().forEach(id -> aggregates.add(note(id)));
        reads.keySet().forEach(id -> aggregates.add(readers(id)));
        return aggregates;
    }
}
