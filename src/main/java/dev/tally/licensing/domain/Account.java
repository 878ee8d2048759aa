package dev.tally.licensing.domain;

import dev.tally.ids.TitleId;
import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.LicenseEvent.LicenseIssued;
import dev.tally.licensing.events.PolicyEvent;
import dev.tally.licensing.events.SessionEvent;

import java.time.Instant;
import java.util.Map;

/**
 * State of one customer that all decisions are made from. Parts that time has outdated may still
 * lie in it, but no question about the account at a time sees them. So every answer is the same
 * from an account and from its compacted form.
 */
public record Account(
        Licenses licenses,
        Downloads downloads,
        Devices devices,
        Sessions sessions,
        OwnPolicy policy) {

    /**
     * Version of what {@link #evolve} makes of events, and of how an account is written. It grows
     * whenever the same events make another account, or an account other bytes: snapshots of the
     * version before are then not read.
     */
    public static final int SCHEMA_VERSION = 3;

    public static final Account EMPTY =
            new Account(Licenses.NONE, Downloads.NONE, Devices.NONE, Sessions.NONE, OwnPolicy.NONE);

    /**
     * The account after one more event; a history that cannot be is corruption.
     *
     * @param eventId id by which answers name the event
     */
    public static Account evolve(Account account, String eventId, CustomerEvent event) {
        return switch (event) {
            case LicenseIssued e ->
                    account.with(Licenses.evolve(account.licenses, eventId, e))
                            .with(account.devices.licensed(e));
            case LicenseEvent e -> account.with(Licenses.evolve(account.licenses, eventId, e));
            case DownloadEvent e -> account.with(Downloads.evolve(account.downloads, eventId, e));
            case DeviceEvent e -> account.with(Devices.evolve(account.devices, eventId, e));
            case SessionEvent e -> account.played(eventId, e);
            case PolicyEvent e -> account.with(OwnPolicy.evolve(account.policy, eventId, e));
        };
    }

    /** The account without what no decision or answer from a time on can need. */
    public Account compact(Instant now) {
        var kept = licenses.compact(now);
        return new Account(
                kept,
                downloads.compact(now),
                devices.compact(now),
                sessions.compact(now, kept),
                policy.compact(now));
    }

    /**
     * The account as the titles' availability lets it be: licenses end with their titles, whatever
     * was known when they were issued. This is how every decision and answer sees it. What is
     * stored is the account without.
     *
     * @param availabilityEnds end of each title that has one
     */
    public Account endingWith(Map<TitleId, Instant> availabilityEnds) {
        return availabilityEnds.isEmpty() ? this : with(licenses.endingWith(availabilityEnds));
    }

    /** False if no decision can depend on this compacted account; its events may be archived. */
    public boolean isLive() {
        return licenses.isLive()
                || downloads.isLive()
                || devices.isLive()
                || sessions.isLive()
                || policy.isLive();
    }

    /**
     * Number of changes that time alone has made to answers since a time: what ended, and what left
     * the account.
     */
    public long changesByTime(Instant since, Instant now) {
        return licenses.changesByTime(since, now) + sessions.changesByTime(since, now);
    }

    /** The account with a session that it had dropped and that was read from its events. */
    public Account with(Session session) {
        return new Account(licenses, downloads, devices, sessions.with(session), policy);
    }

    /**
     * Adds a session's event. A streaming license lives as long as its sessions: no event of its
     * own tells its end.
     */
    private Account played(String eventId, SessionEvent event) {
        var played = Sessions.evolve(sessions, eventId, event);
        var session = played.find(event.session()).orElseThrow();
        var changed =
                session.stream()
                        .flatMap(id -> licenses.find(id, event.recordedAt()))
                        .filter(session::isOn)
                        .map(license -> license.playedBy(played.ofStream(license)))
                        .map(licenses::with)
                        .orElse(licenses);
        return new Account(changed, downloads, devices, played, policy);
    }

    Account with(Licenses changed) {
        return new Account(changed, downloads, devices, sessions, policy);
    }

    private Account with(Downloads changed) {
        return new Account(licenses, changed, devices, sessions, policy);
    }

    private Account with(Devices changed) {
        return new Account(licenses, downloads, changed, sessions, policy);
    }

    private Account with(OwnPolicy changed) {
        return new Account(licenses, downloads, devices, sessions, changed);
    }
}
