package dev.tally.licensing.domain;

import java.util.List;

/**
 * Acts by which a member makes room for a license, in order. After them the rules grant it.
 *
 * @param steps one or two
 */
public record Remedy(List<Step> steps) {

    /** Most steps that a member is asked for. */
    public static final int MOST_STEPS = 2;

    /** One act of the member. */
    public sealed interface Step {}

    /** The member gives a license back. */
    public record Release(License license) implements Step {}

    /** The member takes a device off, which releases each license on it. */
    public record Deactivate(Device device) implements Step {}

    public Remedy {
        steps = List.copyOf(steps);
    }
}
