package dev.tally.licensing.events;

/** Use of a title that a license grants. */
public enum LicenseType {
    /** Keep the title on the device and play it offline. */
    DOWNLOAD,
    /** Play the title while connected; the license ends with its session. */
    STREAMING
}
