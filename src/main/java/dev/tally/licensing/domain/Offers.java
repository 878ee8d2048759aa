package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.Title;
import dev.tally.ids.CustomerId;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Offer.Best;
import dev.tally.licensing.domain.Offer.Grant;
import dev.tally.licensing.events.LicenseType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds what devices of a customer may do with many titles. The rules decide each title as they
 * decide an acquire. What they find about the account is asked once for all titles that have the
 * same limit. Pure: no clock, no I/O.
 */
public final class Offers {

    private final Account account;
    private final Instant at;
    private final Remedies remedies;
    private final List<License> activeDownloads;
    private final Map<Place, List<License>> active;
    private final Map<Shared, Evaluation> shared = new HashMap<>();

    private record Place(LicenseType type, DeviceId device, TitleId title) {

        static Place of(License license) {
            return new Place(license.type(), license.device(), license.title());
        }
    }

    /** Key of a finding that is not about one title: all that it depends on. */
    private record Shared(Rule rule, Policy.Setting limit, DeviceId device, StudioId studio) {}

    /**
     * @param general policy in force for no title in particular, which deactivations follow
     */
    public Offers(CustomerId customer, Account account, Policy general, Instant at) {
        this.account = account;
        this.at = at;
        this.remedies = new Remedies(customer, account, general, at);
        this.activeDownloads =
                account.licenses().activeDownloads(at).filter(License::counts).toList();
        this.active =
                account.licenses()
                        .all()
                        .filter(license -> license.isActiveAt(at) && license.counts())
                        .collect(Collectors.groupingBy(Place::of));
    }

    /**
     * The offer of a title to a device. What would be granted follows the plan that the member asks
     * under; a license that is there plays by its own.
     *
     * @param policies policy in force for the title under a plan
     */
    public Offer of(DeviceId device, Title title, PlanId plan, Function<PlanId, Policy> policies) {
        var policy = policies.apply(plan);
        var download = existing(LicenseType.DOWNLOAD, device, title);
        var stream = existing(LicenseType.STREAMING, device, title);
        var license = download == null ? stream : download;
        var play =
                license == null
                        ? null
                        : Licensing.playRules(
                                        account,
                                        license,
                                        title,
                                        policies.apply(license.plan()),
                                        at,
                                        at)
                                .stream()
                                .filter(rule -> !rule.satisfied())
                                .toList();
        var streaming = grant(LicenseType.STREAMING, stream, device, title, policy);
        var downloading = grant(LicenseType.DOWNLOAD, download, device, title, policy);
        var plays = play != null && play.isEmpty();
        return new Offer(
                best(plays, streaming, downloading),
                license,
                plays ? license.firstPlayed(at).expiresAt() : null,
                play,
                streaming,
                downloading);
    }

    private static Best best(boolean plays, Grant stream, Grant download) {
        if (plays) return Best.PLAY;
        if (stream.isGranted()) return Best.STREAM;
        if (download.isGranted()) return Best.DOWNLOAD;
        return stream.remedy() == null && download.remedy() == null ? Best.NONE : Best.AFTER_REMEDY;
    }

    private License existing(LicenseType type, DeviceId device, Title title) {
        return active.getOrDefault(new Place(type, device, title.id()), List.of()).stream()
                .min(Licenses.FIRST)
                .orElse(null);
    }

    private Grant grant(
            LicenseType type, License existing, DeviceId device, Title title, Policy policy) {
        if (existing != null) return new Grant(true, List.of(), null);
        var forbidding = forbidding(Licensing.rulesOf(type), device, title, policy);
        var remedy =
                forbidding.isEmpty()
                        ? null
                        : remedies.of(type, device, title, policy, forbidding).orElse(null);
        return new Grant(false, forbidding, remedy);
    }

    private List<Evaluation> forbidding(
            Set<Rule> rules, DeviceId device, Title title, Policy policy) {
        var request = new Request(account, activeDownloads, policy, at, at, title, device, null);
        var forbidding = new ArrayList<Evaluation>();
        for (var rule : rules) {
            var found =
                    Rule.OF_ONE_TITLE.contains(rule) ? rule.find(request) : shared(rule, request);
            if (!found.satisfied()) forbidding.add(found);
        }
        return forbidding;
    }

    private Evaluation shared(Rule rule, Request request) {
        var key =
                new Shared(
                        rule,
                        request.policy().settings().get(rule.key()),
                        request.device(),
                        rule == Rule.MAX_ACTIVE_DOWNLOADS_PER_STUDIO
                                ? request.title().studio()
                                : null);
        var known = shared.get(key);
        if (known != null) return known;
        var found = rule.find(request);
        shared.put(key, found);
        return found;
    }
}
