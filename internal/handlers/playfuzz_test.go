package handlers_test

import (
	"strings"
	"testing"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// FuzzPlay sends arbitrary player states to a blog with an arbitrary stream. Every response must comply with Amazon's
// rules, which send checks. It may play only an episode of the archive.
func FuzzPlay(f *testing.F) {
	names := []string{
		"PlayEpisodeIntent", "AMAZON.ResumeIntent", "AMAZON.PauseIntent", "AMAZON.NextIntent", "AMAZON.PreviousIntent", "AMAZON.RepeatIntent",
		"AMAZON.StartOverIntent", "AMAZON.StopIntent", "AMAZON.LoopOnIntent", "AMAZON.FallbackIntent", "AMAZON.YesIntent",
		"PlaybackController.PlayCommandIssued", "PlaybackController.NextCommandIssued", "PlaybackController.PauseCommandIssued", "AudioPlayer.PlaybackFailed",
	}
	for i, name := range names {
		f.Add(name, "id", "id", []string{"PLAYING", "STOPPED", "FINISHED", "PAUSED", "?"}[i%5], int64(i)*1e9, "https://cdn.test/1.mp3", "https://cdn.test/i.png", i%2 == 0)
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
		}
		a := s.send(t, onDevice(withPlayer(activity, token, time.Duration(offset), e), "AudioPlayer", apl))
		if a.Play() == nil {
			return
		}
		if _, kept, err := s.archive.Entry(t.Context(), a.Play().Token); err != nil || !kept {
			t.Fatalf("%q is not a post: %v", a.Play().Token, err)
		}
	})
}
