package dev.tally.catalog;

import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import java.time.Instant;

/** A title. Rows are written by SQL that inserts or updates many at once. */
@Entity
@Table(schema = "tally", name = "title")
class TitleRow {

    @Id
    @Column(name = "title_id")
    String titleId;

    @Column(name = "name")
    String name;

    @Column(name = "studio_id")
    String studioId;

    @Column(name = "availability_start")
    Instant availabilityStart;

    @Column(name = "availability_end")
    Instant availabilityEnd;

    @Column(name = "version")
    int version;

    Title title() {
        return new Title(
                new TitleId(titleId),
                name,
                new StudioId(studioId),
                availabilityStart,
                availabilityEnd);
    }

    TitleVersion titleVersion() {
        return new TitleVersion(title(), version);
    }
}
