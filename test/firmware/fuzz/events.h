/*
 * What the fuzzer's input says besides bytes, where the firmware has pins: EVENT, and a byte that says what happens.
 * EVENT twice is a byte on the line.
 */
#ifndef PINFER_EVENTS_H
#define PINFER_EVENTS_H

enum { EVENT = 0xFE };

/* Of the byte behind EVENT: what, and how much of it. */
enum { EVENT_KIND = 0xE0, EVENT_VALUE = 0x1F };
enum {
    EVENT_MILLISECONDS = 0x00, /* pass without a byte */
    EVENT_TENTHS = 0x20,       /* of a second */
    EVENT_DAYS = 0x40,         /* 2^26 ms are 18 hours */
    EVENT_LATE = 0x60,         /* milliseconds, and at once a byte */
    EVENT_ANALOG = 0x80,       /* the ADC's voltage */
    EVENT_PIN = 0xA0,          /* a digital input changes */
};

#endif
