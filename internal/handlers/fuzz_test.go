package handlers_test

import (
	"encoding/json"
	"testing"

	"lastpost/internal/alexa"
	"lastpost/internal/handlers"
)

// FuzzHandle sends arbitrary requests with arbitrary session state to a blog with an arbitrary post. Every response
// must comply with Amazon's rules, which send checks.
func FuzzHandle(f *testing.F) {
	kinds := []string{
		"LaunchRequest", "IntentRequest", "CanFulfillIntentRequest", "SessionEndedRequest", "System.ExceptionEncountered",
		"Alexa.Presentation.APL.UserEvent", "AudioPlayer.PlaybackFailed", "AudioPlayer.PlaybackNearlyFinished",
		"PlaybackController.NextCommandIssued", "PlaybackController.PlayCommandIssued", "AlexaSkillEvent.SkillDisabled",
	}
	for _, kind := range kinds {
		f.Add(kind, "LastPostIntent", "en-US", "2026-03-14", "Who goes there?", "<p>Text.</p>", `{"v":1}`, uint8(3))
	}
	for _, intent := range handlers.Intents() {
		f.Add("IntentRequest", intent.Name, "en-GB", "?", "</speak><audio src=\"x\"/>\x00 🎉 {{.Blog}} ${payload}", longText(20), `{"v":1,"q":"on","t":"text","p":"th4k00.1","n":2,"f":1}`, uint8(3))
		f.Add("IntentRequest", intent.Name, "de-DE", "3", "", "", `{"v":1,"q":"which","t":"list","l":{"o":"period","w":"2026-03","p":["th4k00.1"]},"s":"0.0"}`, uint8(0))
	}
	for _, date := range []string{"", "?", "PRESENT_REF", "2026-W11", "2026-W53-WE", "2026-03-XX", "2026-Q4", "2025-WI", "202X", "20XX", "0001", "9999-12-31"} {
		f.Add("IntentRequest", "LastPostIntent", "xx-YY", date, "“Why?”", "<pre>code</pre>", `null`, uint8(1))
	}
	slots := map[string]bool{}
	for _, intent := range handlers.Intents() {
		for _, slot := range intent.Slots {
			slots[slot.Name] = true
		}
	}
	s := newFixture(f, saturday, withEpisode(withText(postOn("2026-03-12", "Older"), longText(2)), "https://blog.test/1.mp3"), withCategories(postOn("2026-03-11", "Oldest"), "Cats"))
	f.Fuzz(func(t *testing.T, kind, name, locale, slot, title, html, state string, device uint8) {
		p := withText(postOn("2026-03-13", "T"), html)
		p.Title = title
		s.publish(t, p)
		e := request(kind)
		e.Session.New = device&4 != 0
		e.Session.Attributes = map[string]json.RawMessage{"lastpost": json.RawMessage(state)}
		e.Request.Locale, e.Request.Reason, e.Request.Arguments = locale, slot, []string{slot, state}
		e.Request.Intent = alexa.Intent{Name: name, Slots: map[string]alexa.Slot{}}
		for slotName := range slots {
			e.Request.Intent.Slots[slotName] = alexa.Slot{Name: slotName, Value: slot}
		}
		e.Context.AudioPlayer = alexa.Playback{Token: slot, Activity: "PLAYING"}
		s.send(t, fromUser("somebody", onDevice(e, []string{"AudioPlayer", "Alexa.Presentation.APL"}[:device&3%3]...)))
	})
}
