package dev.tally.licensing.domain;

import dev.tally.catalog.Policy;
import dev.tally.catalog.Title;
import dev.tally.ids.DeviceId;
import dev.tally.ids.PlanId;
import dev.tally.ids.StudioId;
import dev.tally.ids.TitleId;
import dev.tally.licensing.domain.Command.AcquireLicense;

/**
 * Description of what a request asked for, and of the policy that it was decided under.
 *
 * @param title null: the request is about no title
 * @param studio studio that owns the title; null: there is no title
 * @param plan null: none is known
 * @param policyVersion null: no policy has a say in it
 */
public record Subject(
        DeviceId device, TitleId title, StudioId studio, PlanId plan, Integer policyVersion) {

    static Subject of(AcquireLicense command, Title title, Policy policy) {
        return new Subject(
                command.device(), title.id(), title.studio(), command.plan(), policy.version());
    }

    /**
     * The subject of a request about a license.
     *
     * @param policy null: no policy has a say in it
     */
    static Subject of(License license, Policy policy) {
        return new Subject(
                license.device(),
                license.title(),
                license.studio(),
                license.plan(),
                policy == null ? null : policy.version());
    }

    static Subject of(Device device, PlanId plan, Policy policy) {
        return new Subject(device.id(), null, null, plan, policy.version());
    }
}
