package dev.tally.licensing.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;

import dev.tally.http.Problem;
import dev.tally.licensing.domain.Evaluation;
import dev.tally.licensing.domain.License;
import dev.tally.licensing.domain.License.State;
import dev.tally.licensing.domain.Offer.Best;
import dev.tally.licensing.domain.Offer.Grant;
import dev.tally.licensing.domain.Remedy;
import dev.tally.licensing.domain.Remedy.Deactivate;
import dev.tally.licensing.domain.Remedy.Release;
import dev.tally.licensing.domain.Remedy.Step;
import dev.tally.licensing.domain.RenewalWindow;
import dev.tally.licensing.events.LicenseType;
import dev.tally.licensing.write.OfferQueries.Answer;

import java.time.Instant;
import java.util.List;

/**
 * Everything that a device may do with one title, as answers show it.
 *
 * @param line number of the line that it answers, from 1; only where lines are answered
 * @param best the best of it; null: it could not be told
 * @param license active license of the device for the title; null: none
 * @param play whether the license plays; null: there is none
 * @param policyVersion version of the policies that it was decided under; null: it was not
 * @param problem why it could not be told; only where it could not
 */
record OfferView(
        @JsonInclude(Include.NON_NULL) Integer line,
        String titleId,
        String deviceId,
        Best best,
        OfferedLicense license,
        WayView play,
        WayView stream,
        WayView download,
        Integer policyVersion,
        @JsonInclude(Include.NON_NULL) Problem problem) {

    /**
     * The license that is there.
     *
     * @param playsUntil time until which it plays if it is played now; null: it does not, or for
     *     ever
     * @param renewFrom time from which it should be renewed; null: there is nothing to renew
     * @param renewBy time by which it has to be renewed; null: there is nothing to renew
     */
    record OfferedLicense(
            String licenseId,
            LicenseType type,
            State state,
            Instant expiresAt,
            Instant playsUntil,
            Instant renewFrom,
            Instant renewBy) {

        static OfferedLicense of(License license, Answer answer, Instant at) {
            return new OfferedLicense(
                    license.id().value(),
                    license.type(),
                    license.stateAt(at),
                    license.expiresAt(),
                    answer.offer().playsUntil(),
                    RenewalWindow.beginOf(answer.renewal()),
                    RenewalWindow.endOf(answer.renewal()));
        }
    }

    /**
     * One way to watch the title.
     *
     * @param allowed true if the rules allow it now
     * @param forbiddenBy rules that forbid it, in order of precedence
     * @param nextAllowedAt time at which it is allowed if nothing but time passes; null: it is now,
     *     or time alone does not help
     * @param remedy what the member can do; null: nothing, or nothing is needed
     */
    record WayView(
            boolean allowed,
            List<ForbiddingRule> forbiddenBy,
            Instant nextAllowedAt,
            List<StepView> remedy) {

        static WayView of(List<Evaluation> forbidding, Instant nextAllowedAt, Remedy remedy) {
            return new WayView(
                    forbidding.isEmpty(),
                    forbidding.stream().map(ForbiddingRule::of).toList(),
                    nextAllowedAt,
                    remedy == null ? null : remedy.steps().stream().map(StepView::of).toList());
        }

        static WayView of(Grant grant) {
            return of(grant.forbidding(), grant.nextAllowedAt(), grant.remedy());
        }
    }

    /**
     * A rule that forbids.
     *
     * @param scope scope of the policy that set the limit; null: no policy does
     * @param limit most that is allowed; null: nothing is counted
     * @param current how much is counted; null: nothing is
     */
    record ForbiddingRule(
            String rule, String scope, Integer limit, Integer current, Instant nextAllowedAt) {

        static ForbiddingRule of(Evaluation found) {
            return new ForbiddingRule(
                    found.rule().label(),
                    QuotaView.label(found.scope()),
                    found.limit(),
                    found.used(),
                    found.nextAllowedAt());
        }
    }

    /** Kind of a step. */
    enum Act {
        RELEASE,
        DEACTIVATE
    }

    /**
     * One step of a remedy.
     *
     * @param licenseId license to be released; null: a device is deactivated
     * @param titleId title of that license; null: a device is deactivated
     * @param deviceId device of the license, or to be deactivated
     */
    record StepView(Act act, String licenseId, String titleId, String deviceId) {

        static StepView of(Step step) {
            return switch (step) {
                case Release(var license) ->
                        new StepView(
                                Act.RELEASE,
                                license.id().value(),
                                license.title().value(),
                                license.device().value());
                case Deactivate(var device) ->
                        new StepView(Act.DEACTIVATE, null, null, device.id().value());
            };
        }
    }

    static OfferView of(Answer answer, Instant at) {
        var asked = answer.question();
        if (answer.rejected() != null) {
            return refused(
                    asked.title().value(),
                    asked.device().value(),
                    Problem.of(RejectedMapper.problem(answer.rejected())));
        }
        var offer = answer.offer();
        var license = offer.license();
        return new OfferView(
                null,
                asked.title().value(),
                asked.device().value(),
                offer.best(),
                license == null ? null : OfferedLicense.of(license, answer, at),
                license == null
                        ? null
                        : WayView.of(offer.play(), Evaluation.allAllowedAt(offer.play()), null),
                WayView.of(offer.stream()),
                WayView.of(offer.download()),
                answer.policyVersion(),
                null);
    }

    /** The same, as the answer to a line. */
    OfferView of(int number) {
        return new OfferView(
                number,
                titleId,
                deviceId,
                best,
                license,
                play,
                stream,
                download,
                policyVersion,
                problem);
    }

    /** The view of a title about which nothing can be told. */
    static OfferView refused(String titleId, String deviceId, Problem why) {
        return new OfferView(null, titleId, deviceId, null, null, null, null, null, null, why);
    }
}
