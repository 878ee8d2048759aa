package dev.tally.licensing.events;

/** What has happened to one customer. A new event must break the build until all handle it. */
public sealed interface CustomerEvent
        permits LicenseEvent, DownloadEvent, DeviceEvent, SessionEvent {}
