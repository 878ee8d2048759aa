package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.Title;
import dev.tally.ids.DeviceId;

import java.time.Instant;
import java.util.List;

/**
 * What rules look at. Parts that a request does not have are null, and rules about them do not
 * apply to it.
 *
 * @param activeDownloads looked up once, as several rules count them
 * @param at what it is about: before now, where a play is reported late
 * @param now server time: an account remembers what counts then
 * @param title what is to be licensed
 * @param device where it is to be stored
 * @param license the license that is to be renewed or played
 */
record Request(
        Account account,
        List<License> activeDownloads,
        Policy policy,
        Instant at,
        Instant now,
        Title title,
        DeviceId device,
        License license) {

    Request(
            Account account,
            Policy policy,
            Instant at,
            Title title,
            DeviceId device,
            License license) {
        this(
                account,
                account.licenses().activeDownloads(at).toList(),
                policy,
                at,
                at,
                title,
                device,
                license);
    }

    static Request about(Account account, Policy policy, Instant at) {
        return new Request(account, policy, at, null, null, null);
    }

    /** The same, asked at another time. */
    Request askedAt(Instant time) {
        return new Request(account, activeDownloads, policy, at, time, title, device, license);
    }
}
