package dev.tally.licensing.events;

/** An event of one customer. A new event must break the build until every part handles it. */
public sealed interface CustomerEvent
        permits LicenseEvent, DownloadEvent, DeviceEvent, SessionEvent, PolicyEvent {}
