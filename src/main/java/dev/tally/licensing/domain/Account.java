package dev.tally.licensing.domain;

import dev.tally.licensing.events.CustomerEvent;
import dev.tally.licensing.events.DeviceEvent;
import dev.tally.licensing.events.DownloadEvent;
import dev.tally.licensing.events.LicenseEvent;
import dev.tally.licensing.events.SessionEvent;

import java.time.Instant;

/**
 * All that decisions about one customer are made from. What time has let go of may still lie in it:
 * nothing that is asked of an account at a time sees it, so that every answer is the same from an
 * account and from its compacted form.
 */
public record Account(Licenses licenses, Downloads downloads, Devices devices, Sessions sessions) {

    /**
     * Version of what {@link #evolve} makes of events, and of how it is written. It grows whenever
     * the same events make another account, or an account other bytes: snapshots of the version
     * before are then not read.
     */
    public static final int SCHEMA_VERSION = 1;

    public static final Account EMPTY =
            new Account(Licenses.NONE, Downloads.NONE, Devices.NONE, Sessions.NONE);

    /**
     * The account after one more event; a history that cannot be is corruption.
     *
     * @param eventId what answers name the event by
     */
    public static Account evolve(Account account, String eventId, CustomerEvent event) {
        return switch (event) {
            case LicenseEvent e -> account.with(Licenses.evolve(account.licenses, eventId, e));
            case DownloadEvent e -> account.with(Downloads.evolve(account.downloads, eventId, e));
            case DeviceEvent e -> account.with(Devices.evolve(account.devices, eventId, e));
            case SessionEvent e -> account.played(eventId, e);
        };
    }

    /** The account without what nothing from a time on can need. */
    public Account compact(Instant now) {
        var kept = licenses.compact(now);
        return new Account(
                kept, downloads.compact(now), devices.compact(now), sessions.compact(now, kept));
    }

    /** False if no decision can depend on this compacted account; its events may be archived. */
    public boolean isLive() {
        return licenses.isLive() || downloads.isLive() || devices.isLive() || sessions.isLive();
    }

    /** How often time alone has changed an answer since: what has ended, and what was let go. */
    public long changesByTime(Instant since, Instant now) {
        return licenses.changesByTime(since, now) + sessions.changesByTime(since, now);
    }

    /** The account with a session that was read anew, as the account has let it go. */
    public Account with(Session session) {
        return new Account(licenses, downloads, devices, sessions.with(session));
    }

    /** A streaming license lives as long as its sessions: no event of its own tells its end. */
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
        return new Account(changed, downloads, devices, played);
    }

    private Account with(Licenses changed) {
        return new Account(changed, downloads, devices, sessions);
    }

    private Account with(Downloads changed) {
        return new Account(licenses, changed, devices, sessions);
    }

    private Account with(Devices changed) {
        return new Account(licenses, downloads, changed, sessions);
    }
}
