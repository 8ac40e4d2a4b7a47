package simulator

import (
	_ "embed"
	"net/http"
	"time"
)

//go:embed sample.xml
var sampleFeed []byte

// SampleFeed returns the feed of the sample blog.
func SampleFeed() []byte { return sampleFeed }

// ServeSampleFeed serves the feed of the sample blog.
func ServeSampleFeed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/rss+xml; charset=UTF-8")
	_, _ = w.Write(sampleFeed)
}

// SampleTime is the fixed time of the sample demo, so that its output is always the same: Saturday, 14 March 2026.
func SampleTime() time.Time { return time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC) }

// A DemoStep is one utterance of the demo and the expected response.
type DemoStep struct {
	Title   string
	Request SkillRequest
	Want    string // what Alexa says; "": anything
}

func (s DemoStep) matches(r SkillResponse) bool {
	return r.Speech == s.Want || s.Want == "" && r.Speech != ""
}

// oneShot returns a request that begins a session. slots alternates names and values.
func oneShot(intent string, slots ...string) SkillRequest {
	request := SkillRequest{Intent: intent, Slots: map[string]string{}, New: true}
	for i := 0; i < len(slots); i += 2 {
		request.Slots[slots[i]] = slots[i+1]
	}
	return request
}

// followUp returns a request within the open session.
func followUp(intent string, slots ...string) SkillRequest {
	request := oneShot(intent, slots...)
	request.New = false
	return request
}

// SampleConversation returns the demo for the sample blog at [SampleTime].
func SampleConversation() []DemoStep {
	return []DemoStep{
		{`You: "Alexa, open half elf."`, SkillRequest{New: true},
			"Welcome to Half Elf. The latest post is from yesterday: Dates lean to the future. Ask Alexa in November for the post of " +
				"March third, and it hands the skill a day that has not come yet: March third of next year. Should I read it to you?"},
		{`You: "Yes."`, followUp("AMAZON.YesIntent"),
			"Dates lean to the future. From yesterday. Ask Alexa in November for the post of March third, and it hands the skill a " +
				"day that has not come yet: March third of next year. A date without its year is taken to speak of the future, as " +
				"most people do who talk to a calendar. A blog is the opposite of a calendar. Everything in it has happened. So " +
				"this skill takes a date that lies ahead one year back, and says the year aloud, so that you hear which March is " +
				"meant. There are corners. The twenty-ninth of February becomes the twenty-eighth where the year before has none. " +
				"The last week of a long year becomes the last week of a short one. A decade stays where it is, because no one says " +
				"“the twenty-thirties” and means the twenty-twenties. Would you like me to go on?"},
		{`You: "Yes."`, followUp("AMAZON.YesIntent"),
			"Why not ask back? We tried that. “Do you mean this year or last year?” is a fine question, once. The third time it is " +
				"a reason to unplug the thing. People who ask for the post of March third want the post of March third, and the one " +
				"in their mind is nearly always the one that has been written. What about a blogger who schedules posts? They are " +
				"not in the feed before their day. When they are, they are not in the future any more. Which is, when you think of " +
				"it, true of most things: wait a little, and they have happened. So dates lean to the future, and we lean against " +
				"them. It took one line of code, and one very long afternoon with the time zones of Samoa, which once skipped a " +
				"whole Friday. But that is another post. That's all of it. The one before it is from last Tuesday: Salt & Pepper: " +
				"season your feeds. Should I keep going?"},
		{`You: "List the newest posts."`, followUp("ListPostsIntent"),
			"Here are the newest posts. Number one: Dates lean to the future. Number two: Salt & Pepper: season your feeds. Number " +
				"three: Is 1 < 2? A proof. Which one would you like, or should I go on?"},
		{`You: "Number three."`, followUp("SelectPostIntent", "Number", "3"),
			"Is 1 < 2? A proof. From last Monday. Yes. Here is the whole proof: I'll skip two lines of code here. The machine says " +
				"that it is satisfied. So are we. That's the end. The one before it is from Saturday, February 14: “Who goes " +
				"there?” asked the guard. Should I keep going?"},
		{`You: "Stop."`, followUp("AMAZON.StopIntent"), "Talk to you soon."},
		{`You: "Alexa, ask half elf for the post of Christmas."  (Alexa sends 2026-12-25, a date in the future)`,
			oneShot("LastPostIntent", "Date", "2026-12-25"),
			"There was one post on December 25, 2025: A quiet Christmas. Should I read it to you?"},
		{`You: "Alexa, ask half elf what was posted in March."  (2026-03)`, oneShot("ListPostsIntent", "Date", "2026-03"),
			"There have been three posts this month. Number one: Dates lean to the future. Number two: Salt & Pepper: season your " +
				"feeds. Number three: Is 1 < 2? A proof. Which one would you like?"},
		{`You: "And on February twenty-seventh?"  (2027-02-27; without a post one year earlier)`,
			followUp("LastPostIntent", "Date", "2027-02-27"),
			"There weren't any posts on February 27, 2026. The last one before that is from Saturday, February 14: “Who goes " +
				"there?” asked the guard. Would you like to hear it?"},
		{`You mumble.  (Alexa sends ?)`, followUp("LastPostIntent", "Date", "?"),
			"I didn't catch which day you meant. The latest post is from yesterday: Dates lean to the future. Would you like me to " +
				"read it?"},
		{`You: "Search for trust."`, followUp("SearchPostsIntent", "Query", "trust"),
			"I found one post about trust. It's from Sunday, January 4: Certificates, and other love letters. Should I read it to " +
				"you?"},
		{`You: "Alexa, ask half elf what's new."`, oneShot("WhatsNewIntent"),
			"There's nothing new since your last visit. The latest post is from yesterday: Dates lean to the future. Should I read " +
				"it to you?"},
		{`You: "Alexa, ask half elf to play the episode of last summer."  (2025-SU)`, oneShot("PlayEpisodeIntent", "Date", "2025-SU"),
			"Here's Summer, self-hosted, from July 12, 2025."},
	}
}

// GenericConversation returns a demo for any blog.
func GenericConversation() []DemoStep {
	year := time.Now().Format("2006")
	return []DemoStep{
		{`You: "Alexa, open the blog."`, SkillRequest{New: true}, ""},
		{`You: "Read it to me."`, followUp("ReadPostIntent"), ""},
		{`You: "List the newest posts."`, followUp("ListPostsIntent"), ""},
		{`You: "Alexa, ask the blog for the last post."`, oneShot("LastPostIntent"), ""},
		{`You: "Alexa, ask the blog what was posted this year."  (` + year + `)`, oneShot("LastPostIntent", "Date", year), ""},
		{`You: "Alexa, ask the blog what was posted right now."  (PRESENT_REF)`, oneShot("LastPostIntent", "Date", "PRESENT_REF"), ""},
	}
}
