package dev.tally.licensing.events;

/** What a license lets the member do. */
public enum LicenseType {
    /** Keep the title on the device and play it offline. */
    DOWNLOAD,
    /** Play the title while connected; ends with its session. */
    STREAMING
}
