package dev.tally.licensing.api;

import dev.tally.http.FreeText;
import dev.tally.http.Identifier;
import dev.tally.http.ProblemException;
import dev.tally.ids.CustomerId;
import dev.tally.licensing.domain.Command.AcquireLicense;
import dev.tally.licensing.write.OfferQueries.Question;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;

import java.time.Instant;
import java.util.List;

/**
 * Request for a dry run: an acquire, and what is supposed before it; or titles of which everything
 * is asked that a device may do with them.
 *
 * @param titleId title of the acquire; null: several are asked about
 * @param titles titles that are asked about; null or empty, as generated clients send it: one
 *     acquire is
 * @param deviceName the member's name for the device; null: not said
 * @param type type of the license; null: titles are asked about, for licenses of both types
 * @param whatIf null: nothing is supposed
 */
record DecisionRequest(
        @Identifier String titleId,
        @Size(max = DecisionRequest.MAX_TITLES, message = "must be at most {max} titles")
                List<@NotNull @Identifier String> titles,
        @NotNull @Identifier String deviceId,
        @FreeText String deviceName,
        @NotNull @Identifier String plan,
        @Pattern(regexp = "DOWNLOAD|STREAMING", message = "must be DOWNLOAD or STREAMING")
                String type,
        @Valid WhatIfRequest whatIf) {

    /** Most titles of one request. */
    static final int MAX_TITLES = 200;

    /** True if titles are asked about; what belongs to an acquire alone is refused then. */
    boolean asksAboutTitles() {
        if (titles == null || titles.isEmpty()) {
            if (titleId == null) throw ProblemException.invalid("titleId", "must not be null");
            if (type == null) throw ProblemException.invalid("type", "must not be null");
            return false;
        }
        refuse("titleId", titleId);
        refuse("type", type);
        refuse("whatIf", whatIf);
        return true;
    }

    private static void refuse(String field, Object value) {
        if (value != null) throw ProblemException.invalid(field, "must be null beside titles");
    }

    /** The acquire of this request. */
    AcquireLicense command(CustomerId customer, Instant now) {
        return new AcquireRequest(titleId, deviceId, deviceName, plan, type)
                .command(customer, null, now);
    }

    /** The questions of this request, one about each of its titles, in order. */
    List<Question> questions() {
        return titles.stream()
                .map(title -> new OfferLine(title, deviceId, plan).question())
                .toList();
    }
}
