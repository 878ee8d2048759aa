package dev.tally.licensing.write;

import dev.tally.catalog.PolicySet;
import dev.tally.catalog.PolicySettings;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Offer;
import dev.tally.licensing.domain.Offers;
import dev.tally.licensing.domain.RenewalWindow;
import dev.tally.licensing.write.Accounts.Versioned;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Answers what devices of a customer may do with many titles. The account is read once, and the
 * titles of a question in one query. Nothing here writes.
 */
@ApplicationScoped
public class OfferQueries {

    @Inject LicensingQueries queries;
    @Inject CatalogLookup catalog;

    /** Question of a device about one title. */
    public record Question(TitleId title, DeviceId device, PlanId plan) {}

    /**
     * Answer to a question.
     *
     * @param offer null: it cannot be told
     * @param renewal when the license that is there should be renewed; null: there is nothing to
     *     renew
     * @param policyVersion version of the policy that it was decided under; 0 where it was not
     * @param rejected why it cannot be told; null: it can
     */
    public record Answer(
            Question question,
            Offer offer,
            RenewalWindow renewal,
            int policyVersion,
            Rejected rejected) {}

    /** The questions about one account, which may come in several parts. */
    public final class Asked {

        private final Versioned of;
        private final PolicySet policies;
        private final PolicySettings own;
        private final Offers offers;

        private Asked(CustomerId customer, Versioned of) {
            this.of = of;
            policies = queries.policies(of);
            own = CatalogLookup.own(of.account(), of.at(), of.at());
            var plan = of.account().licenses().plan();
            var general = policies.inForce(null, plan, own, of.at());
            offers = new Offers(customer, of.account(), general, of.at());
        }

        /** The answers to some questions, in their order. */
        public List<Answer> answer(List<Question> questions) {
            var ids = questions.stream().map(Question::title).collect(Collectors.toSet());
            var titles = queries.titles(ids, of);
            return questions.stream().map(question -> answer(question, titles)).toList();
        }

        private Answer answer(Question question, Map<TitleId, Title> titles) {
            try {
                CatalogLookup.requirePlan(policies, question.plan(), of.at());
                var found = Optional.ofNullable(titles.get(question.title()));
                var title = CatalogLookup.existing(question.title(), found);
                var offer =
                        offers.of(
                                question.device(),
                                title,
                                question.plan(),
                                plan -> policies.inForce(title, plan, own, of.at()));
                var license = Optional.ofNullable(offer.license());
                var renewal = license.flatMap(one -> queries.renewal(one, of)).orElse(null);
                var version = policies.inForce(title, question.plan(), own, of.at()).version();
                return new Answer(question, offer, renewal, version, null);
            } catch (Rejected e) {
                return new Answer(question, null, null, 0, e);
            }
        }
    }

    /**
     * Questions about a customer.
     *
     * @param found the customer's account
     */
    public Asked about(CustomerId customer, Versioned found) {
        return new Asked(customer, found);
    }
}
