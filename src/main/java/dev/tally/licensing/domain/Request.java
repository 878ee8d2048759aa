package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.Title;
import dev.tally.ids.DeviceId;

import java.time.Instant;
import java.util.List;

/**
 * Facts that rules look at. Parts that a request does not have are null, and rules about them do
 * not apply to it.
 *
 * @param activeDownloads active download licenses, looked up once since several rules count them
 * @param at time that the request is about: before now where a play is reported late, or a license
 *     was granted while the store was away
 * @param now server time; an account remembers what counts at this time
 * @param title title to be licensed
 * @param device device that is to store the license
 * @param license license to be renewed or played; where one was acquired provisionally, the other
 *     that its device had for the title
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
                account.licenses().activeDownloads(at).filter(License::counts).toList(),
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

    /** The same request at another time, as far as the account tells what will be then. */
    Request at(Instant time) {
        return new Request(account, policy, time, title, device, license);
    }

    /** This request, asked at a later time: the account of then no longer knows all of before. */
    Request askedAt(Instant time) {
        var known = activeDownloads.stream().filter(download -> download.isKeptAt(time)).toList();
        return new Request(account, known, policy, at, time, title, device, license);
    }
}
