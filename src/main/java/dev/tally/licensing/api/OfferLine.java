package dev.tally.licensing.api;

import dev.tally.http.Identifier;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.write.OfferQueries.Question;

import jakarta.validation.constraints.NotNull;

/** One line of a request that asks about many titles. */
record OfferLine(
        @NotNull @Identifier String titleId,
        @NotNull @Identifier String deviceId,
        @NotNull @Identifier String plan) {

    Question question() {
        return new Question(new TitleId(titleId), new DeviceId(deviceId), new PlanId(plan));
    }
}
