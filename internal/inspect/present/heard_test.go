package present_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/inspect/present"
)

func TestDescribesWhatWasHeard(t *testing.T) {
	began := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC) // a Saturday
	slots := func(pairs ...string) (found []present.SlotValue) {
		for i := 0; i < len(pairs); i += 2 {
			found = append(found, present.SlotValue{Name: pairs[i], Value: pairs[i+1]})
		}
		return found
	}
	for _, row := range []struct {
		want, kind, intent, reason string
		slots                      []present.SlotValue
	}{
		{"Opened the skill", "LaunchRequest", "", "", nil},
		{"Last post", "IntentRequest", "LastPostIntent", "", nil},
		{"Yes", "IntentRequest", "AMAZON.YesIntent", "", nil},
		{"Not understood", "IntentRequest", "AMAZON.FallbackIntent", "", nil},
		{"Start over", "IntentRequest", "AMAZON.StartOverIntent", "", nil},
		{"Play RSS feed", "IntentRequest", "PlayRSSFeedIntent", "", nil},
		{"Intent", "IntentRequest", "Intent", "", nil},
		{"Post of date: last Tuesday", "IntentRequest", "PostOfDateIntent", "", slots("Date", "2026-03-10")},
		{"Last post: today", "IntentRequest", "LastPostIntent", "", slots("Date", "2026-03-14")},
		{"Last post: yesterday", "IntentRequest", "LastPostIntent", "", slots("Date", "2026-03-13")},
		{"Last post: last Saturday", "IntentRequest", "LastPostIntent", "", slots("Date", "2026-03-07")},
		{"Last post: 6 March 2026", "IntentRequest", "LastPostIntent", "", slots("Date", "2026-03-06")},
		{"Last post: Tuesday", "IntentRequest", "LastPostIntent", "", slots("Date", "2026-03-17")},
		{"Last post: 25 December", "IntentRequest", "LastPostIntent", "", slots("Date", "2026-12-25")},
		{"Last post: now", "IntentRequest", "LastPostIntent", "", slots("Date", "PRESENT_REF")},
		{"Last post: this week", "IntentRequest", "LastPostIntent", "", slots("Date", "2026-W11")},
		{"Last post: last weekend", "IntentRequest", "LastPostIntent", "", slots("Date", "2026-W10-WE")},
		{"Last post: the week of 23 November 2015", "IntentRequest", "LastPostIntent", "", slots("Date", "2015-W48")},
		{"Last post: March 2026", "IntentRequest", "LastPostIntent", "", slots("Date", "2026-03")},
		{"Last post: November", "IntentRequest", "LastPostIntent", "", slots("Date", "2026-11-XX")},
		{"Last post: quarter 4 of 2015", "IntentRequest", "LastPostIntent", "", slots("Date", "2015-Q4")},
		{"Last post: winter 2015", "IntentRequest", "LastPostIntent", "", slots("Date", "2015-WI")},
		{"Last post: summer 2015", "IntentRequest", "LastPostIntent", "", slots("Date", "2015-SU")},
		{"Last post: 2014", "IntentRequest", "LastPostIntent", "", slots("Date", "2014-XX-XX")},
		{"Last post: the 2010s", "IntentRequest", "LastPostIntent", "", slots("Date", "201X")},
		{"Last post: the years 1900 to 1999", "IntentRequest", "LastPostIntent", "", slots("Date", "19XX")},
		{"Last post: “?”", "IntentRequest", "LastPostIntent", "", slots("Date", "?")},
		{"Count posts: “recipes”, yesterday", "IntentRequest", "CountPostsIntent", "", slots("Category", "recipes", "Date", "2026-03-13")},
		{"Search posts: “2026”", "IntentRequest", "SearchPostsIntent", "", slots("Query", "2026")},
		{"Skip forward: 1 minute 30 seconds", "IntentRequest", "SkipForwardIntent", "", slots("Duration", "PT90S")},
		{"Skip forward: 0 seconds", "IntentRequest", "SkipForwardIntent", "", slots("Duration", "PT0S")},
		{"Select post: 2", "IntentRequest", "SelectPostIntent", "", slots("Number", "2")},
		{"The session ended: the listener ended it", "SessionEndedRequest", "", "USER_INITIATED", nil},
		{"The session ended: the listener said nothing", "SessionEndedRequest", "", "EXCEEDED_MAX_REPROMPTS", nil},
		{"The session ended: an error", "SessionEndedRequest", "", "ERROR", nil},
		{"The session ended: NEW_REASON", "SessionEndedRequest", "", "NEW_REASON", nil},
		{"Playback nearly finished", "AudioPlayer.PlaybackNearlyFinished", "", "", nil},
		{"Skill disabled", "AlexaSkillEvent.SkillDisabled", "", "", nil},
		{"Touched the screen", "Alexa.Presentation.APL.UserEvent", "", "", nil},
	} {
		t.Run(row.want, func(t *testing.T) {
			r := present.HeardRequest{Type: row.kind, Intent: row.intent, Slots: row.slots, Reason: row.reason, Began: began}
			require.Equal(t, row.want, r.Heard())
		})
	}
}

// A day is a day of the blog's zone.
func TestHeardDatesAreInTheZoneOfTheBlog(t *testing.T) {
	apia, err := time.LoadLocation("Pacific/Apia")
	require.NoError(t, err)
	r := present.HeardRequest{Intent: "LastPostIntent", Slots: []present.SlotValue{{Name: "Date", Value: "2026-03-14"}},
		Began: time.Date(2026, 3, 14, 20, 0, 0, 0, time.UTC)}
	require.Equal(t, "Last post: today", r.Heard())
	r.Zone = apia
	require.Equal(t, "Last post: yesterday", r.Heard())
}

func TestHostileRequestsStayShort(t *testing.T) {
	long := present.HeardRequest{Intent: strings.Repeat("Wide ", 2000), Slots: []present.SlotValue{{Name: "Date", Value: strings.Repeat("x", 9000)}}}
	require.LessOrEqual(t, len([]rune(long.Heard())), present.MaxHeard+1)
	for _, odd := range []string{"", ".", "Intent.", "\xff\xfeIntent", "AMAZON."} {
		_ = present.HeardRequest{Type: odd, Intent: odd, Slots: []present.SlotValue{{Name: "Date", Value: odd}}}.Heard()
	}
}

func TestShortens(t *testing.T) {
	for _, row := range []struct {
		text, want string
		limit      int
	}{
		{"short", "short", 5},
		{"some more words here", "some more…", 13},
		{"onelongword", "onelong…", 7},
		{"wörter, und", "wörter…", 8},
	} {
		require.Equal(t, row.want, present.Shorten(row.text, row.limit))
	}
}

func TestSpokenText(t *testing.T) {
	for _, row := range []struct{ claim, response, want string }{
		{"sentences", `{"response":{"outputSpeech":{"type":"SSML","ssml":"<speak><p>Ten &amp; one.</p><p>Two.</p></speak>"}}}`, "Ten & one. Two."},
		{"a break", `{"response":{"outputSpeech":{"ssml":"<speak>One.<break time=\"1s\"/>Two.</speak>"}}}`, "One. Two."},
		{"a voice", `{"response":{"outputSpeech":{"ssml":"<speak>A <lang xml:lang=\"de-DE\"><voice name=\"Hans\">Brot</voice></lang>!</speak>"}}}`, "A Brot!"},
		{"a substitute", `{"response":{"outputSpeech":{"ssml":"<speak>by <sub alias=\"Ada L.\">AL</sub>.</speak>"}}}`, "by Ada L.."},
		{"plain text", `{"response":{"outputSpeech":{"type":"PlainText","text":"One  two < three"}}}`, "One two < three"},
		{"a silent response", `{"response":{}}`, ""},
		{"an error", `{"message":"no"}`, ""},
		{"not JSON", `<html>`, ""},
		{"invalid SSML keeps the words before the fault", `{"response":{"outputSpeech":{"ssml":"<speak>One <s two"}}}`, "One"},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, present.Spoken([]byte(row.response))) })
	}
	require.Equal(t, "Shall I?", present.Reprompt([]byte(`{"response":{"reprompt":{"outputSpeech":{"ssml":"<speak>Shall I?</speak>"}}}}`)))
}

// TestHostileAddressesAreNotLinks has addresses from a feed that must not become links, and the text that is shown.
func TestHostileAddressesAreNotLinks(t *testing.T) {
	for _, address := range []string{
		"", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)", "javascript://blog.example/%0aalert(1)",
		"data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "blob:https://a.example/1", "ftp://a.example/", "//evil.example/",
		"/relative", "https:", "https://", "https:///path", "http:evil.example", "https://bank.example@evil.example/", "https://a:b@evil.example/",
		"https://bank.example\u202e.example/", "https://a.example:x/", "https://" + strings.Repeat("a", 3000) + ".example/",
	} {
		require.Empty(t, present.WebLink(address).Href, "%q", address)
		require.Empty(t, present.WebImage(address).Source, "%q", address)
	}
	require.Equal(t, present.Link{Text: "https://blog.example/a?b=c&d#e", Href: "https://blog.example/a?b=c&d#e"}, present.WebLink("https://blog.example/a?b=c&d#e"))
	require.Equal(t, "http://blog.example/%E2%80%AEx", present.WebLink("http://blog.example/\u202ex").Text, "hidden characters are shown")
	require.Equal(t, "https://blog.example/%22%3E%3Cscript%3E", present.WebLink(`https://blog.example/"><script>`).Href)
}

// The browser must not fetch images from the operator's network, and a host must not add to the page's policy.
func TestShowsOnlyPublicImages(t *testing.T) {
	for _, address := range []string{
		"http://blog.example/a.png", "https://192.168.0.1/reboot", "https://127.0.0.1/", "https://[::1]/a", "https://2130706433/a", "https://0x7f.1/", "https://a.0x7f000001/",
		"https://localhost/a", "https://router/a", "https://nas.local/a", "https://x.localhost/", "https://db.internal/a", "https://fritz.box.home.arpa/", "https://a.example./x",
		"https://a;script-src.example/x", "https://münchen.example/x", "https://a.example%3b/x", "https://a_b.example/x",
	} {
		require.Empty(t, present.WebImage(address).Source, address)
	}
	image := present.WebImage("https://cdn.blog.example:8443/a b.png?x='")
	require.Equal(t, "https://cdn.blog.example:8443", image.Origin)
	require.Equal(t, "https://cdn.blog.example:8443/a%20b.png?x='", image.Source)
}
