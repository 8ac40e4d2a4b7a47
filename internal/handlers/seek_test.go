package handlers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// TestSeeks requires the expected position for requests during an episode, without a session or in one.
func TestSeeks(t *testing.T) {
	at := func(offset time.Duration, name string, slots ...string) *alexa.Envelope {
		return withPlayer("PLAYING", second, offset, intent(name, slots...))
	}
	const minute = time.Minute
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		want    time.Duration
	}{
		{"forward by seconds", at(minute, "SkipForwardIntent", "Duration", "PT30S"), 90 * time.Second},
		{"forward by an hour", at(minute, "SkipForwardIntent", "Duration", "PT1H"), 61 * minute},
		{"forward by thirty seconds, if the listener does not say how far", at(minute, "SkipForwardIntent", "Duration", ""), 90 * time.Second},
		{"forward without the slot", at(minute, "SkipForwardIntent"), 90 * time.Second},
		{"back by minutes", at(10*minute, "SkipBackIntent", "Duration", "PT2M"), 8 * minute},
		{"back by thirty seconds, if the listener does not say how far", at(minute, "SkipBackIntent", "Duration", ""), 30 * time.Second},
		{"back to the beginning at most", at(minute, "SkipBackIntent", "Duration", "PT2M"), 0},
		{"forward by years", at(minute, "SkipForwardIntent", "Duration", "P9999W9999DT9999H"), 1000 * time.Hour},
		{"back by years", at(minute, "SkipBackIntent", "Duration", "P9999W9999DT9999H"), 0},
		{"forward from a forged position", at(1<<63-1, "SkipForwardIntent", "Duration", "PT2M"), 1000 * time.Hour},
		{"to a minute", at(minute, "SeekIntent", "Duration", "", "Number", "10"), 10 * minute},
		{"to minutes", at(minute, "SeekIntent", "Duration", "PT25M", "Number", ""), 25 * minute},
		{"to minute zero", at(minute, "SeekIntent", "Number", "0"), 0},
		{"to a negative minute", at(minute, "SeekIntent", "Number", "-5"), 0},
		{"to a minute that does not exist", at(minute, "SeekIntent", "Number", "999999999"), 1000 * time.Hour},
		{"within a session", inSession(at(minute, "SkipForwardIntent", "Duration", "PT1M")), 2 * minute},
		{"after a pause", withPlayer("STOPPED", second, minute, intent("SkipForwardIntent", "Duration", "PT1M")), 2 * minute},
		{"after a pause, within a session", withPlayer("STOPPED", second, minute, inSession(intent("SkipForwardIntent", "Duration", "PT1M"))), 2 * minute},
		{"without a session", withPlayer("STOPPED", second, minute, withoutSession(intent("SkipBackIntent", "Duration", "PT20S"))), 40 * time.Second},
		{"back from the end", withPlayer("FINISHED", second, minute, intent("SkipBackIntent", "Duration", "PT20S")), 40 * time.Second},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := podcastFixture(t).send(t, row.request)
			require.Empty(t, a.SpokenText())
			require.Equal(t, second, a.Play().Token)
			require.Equal(t, row.want, a.Play().Offset)
		})
	}
}

// TestSeekExplains requires an answer to requests that cannot be done. During an episode it must not keep the session open,
// so that the episode goes on.
func TestSeekExplains(t *testing.T) {
	const (
		howFar  = "I didn't catch how far to skip. You can say: go back two minutes, or skip forward thirty seconds."
		minute  = "I didn't catch where to start. You can say: start at minute ten."
		nothing = "There's no episode playing right now. The latest episode is from yesterday: Third. "
	)
	playing := func(name string, slots ...string) *alexa.Envelope {
		return withPlayer("PLAYING", second, time.Minute, intent(name, slots...))
	}
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		want    string
		open    bool
	}{
		{"a distance that was not understood", playing("SkipForwardIntent", "Duration", "?"), howFar, false},
		{"a distance without a fixed length", playing("SkipBackIntent", "Duration", "P1Y"), howFar, false},
		{"a minute that was not understood", playing("SeekIntent", "Number", "?"), minute, false},
		{"neither minute nor duration", playing("SeekIntent"), minute, false},
		{"within a session", inSession(playing("SkipForwardIntent", "Duration", "?")), howFar, true},
		{"no episode", withPlayer("", "", 0, intent("SkipForwardIntent")), nothing, true},
		{"no episode, and a distance that was not understood", withPlayer("", "", 0, intent("SkipForwardIntent", "Duration", "?")), nothing, true},
		{"a removed episode", withPlayer("STOPPED", "forgotten", time.Minute, intent("SeekIntent", "Number", "2")), nothing, true},
		{"a device without a player", intent("SkipBackIntent"), nothing, true},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := podcastFixture(t).send(t, row.request)
			require.Contains(t, a.SpokenText(), row.want)
			require.Equal(t, row.open, a.IsOpen())
			require.Nil(t, a.Play())
		})
	}
	require.Contains(t, newFixture(t, saturday, postOn("2026-03-13", "Text")).send(t, intent("SeekIntent", "Number", "2")).SpokenText(), "any episodes from half elf")
}

// TestSeeksInAnnouncedEpisode requires that a session about an episode is about this one, and not about the one that the
// device played last.
func TestSeeksInAnnouncedEpisode(t *testing.T) {
	k := podcastFixture(t).newSession(t, "AudioPlayer")
	k.send(intent("LastPostIntent", "Date", "2026-03-13"))
	a := k.send(withPlayer("STOPPED", second, time.Minute, intent("SeekIntent", "Number", "10")))
	require.Equal(t, third, a.Play().Token)
	require.Equal(t, 10*time.Minute, a.Play().Offset)

	k.send(intent("LastPostIntent", "Date", "2026-03-13"))
	a = k.send(withPlayer("STOPPED", third, time.Hour, intent("SkipForwardIntent", "Duration", "PT1M")))
	require.Equal(t, 61*time.Minute, a.Play().Offset, "the announced episode is in the player")

	k.send(intent("LastPostIntent", "Date", "2026-03-14"))
	a = k.send(withPlayer("STOPPED", second, time.Minute, intent("SkipForwardIntent", "Duration", "PT1M")))
	require.Equal(t, second, a.Play().Token, "the announced post does not have an episode")

	k.send(intent("LastPostIntent", "Date", "2026-03-12"))
	a = k.send(withPlayer("IDLE", "", 0, intent("SeekIntent", "Number", "10")))
	require.Contains(t, a.SpokenText(), "connection isn't secure")
}
