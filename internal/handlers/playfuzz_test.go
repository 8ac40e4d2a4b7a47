package handlers_test

import (
	"strings"
	"testing"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/playback"
)

// FuzzPlay sends arbitrary player states to a blog with an arbitrary stream. Every response must comply with Amazon's
// rules, which send checks. It may play only an episode of the archive.
func FuzzPlay(f *testing.F) {
	names := []string{
		"PlayEpisodeIntent", "AMAZON.ResumeIntent", "AMAZON.PauseIntent", "AMAZON.NextIntent", "AMAZON.PreviousIntent", "AMAZON.RepeatIntent",
		"AMAZON.StartOverIntent", "AMAZON.StopIntent", "AMAZON.LoopOnIntent", "AMAZON.FallbackIntent", "AMAZON.YesIntent",
		"PlaybackController.PlayCommandIssued", "PlaybackController.NextCommandIssued", "PlaybackController.PauseCommandIssued", "PlaybackController.PreviousCommandIssued", "AudioPlayer.PlaybackFailed",
		"AudioPlayer.PlaybackNearlyFinished", "AudioPlayer.PlaybackStopped", "AudioPlayer.PlaybackFinished",
		"SkipForwardIntent", "SkipBackIntent", "SeekIntent", "PlayNewIntent",
	}
	for i, name := range names {
		f.Add(name, "id", "id", []string{"PLAYING", "STOPPED", "FINISHED", "PAUSED", "?"}[i%5], int64(i)*1e9, "https://cdn.test/1.mp3", "https://cdn.test/i.png", i%2 == 0)
		f.Add(name, "id", "lastpost.play:key:th4k00.1:th4k00.2:id", "STOPPED", int64(time.Minute), "https://cdn.test/1.mp3", "", i%2 == 0)
		f.Add(name, "lastpost.play:::id", "lastpost.play:::lastpost.play:::id", "PLAYING", int64(-1), "https://cdn.test/1.mp3", "", i%2 == 1)
		f.Add(name, "id", "${token}\x00\xff", "PLAYING", int64(-1), "http://a b|c/1.mp3", "http://x/${i}", i%2 == 1)
	}
	s := newFixture(f, saturday, withEpisode(withText(postOn("2026-03-12", "Older"), longText(2)), "https://blog.test/1.mp3"))
	f.Fuzz(func(t *testing.T, name, id, token, activity string, offset int64, audio, image string, fresh bool) {
		p := feed.Entry{Post: feed.Post{ID: id, Title: id, Published: saturday}, Image: image, Audio: feed.Audio{URL: audio, Type: "audio/mpeg"}}.Sanitize()
		s.publish(t, p)
		var e *alexa.Envelope
		if strings.HasSuffix(name, "Intent") {
			e = intent(name)
			e.Session.New = fresh
		} else {
			e = withoutSession(request(name))
			e.Request.Token, e.Request.Offset = token, time.Duration(offset)
		}
		e.Request.Intent.Slots = map[string]alexa.Slot{"Duration": {Value: activity}, "Number": {Value: image}}
		s.Visits.KeepEpisode(feed.Listener{Account: "somebody"}, image)
		a := s.send(t, fromUser("somebody", onDevice(withPlayer(activity, token, time.Duration(offset), e), "AudioPlayer", apl)))
		if a.Play() == nil {
			return
		}
		if _, kept, err := s.archive.Entry(t.Context(), playback.ParseToken(a.Play().Token).PostID); err != nil || !kept {
			t.Fatalf("%q is not a post: %v", a.Play().Token, err)
		}
	})
}
