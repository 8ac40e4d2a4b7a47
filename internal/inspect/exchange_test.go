package inspect_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/inspect"
)

func TestWhatWantsAnEye(t *testing.T) {
	for _, row := range []struct {
		claim  string
		record inspect.Record
		want   bool
	}{
		{"what broke a rule", inspect.Record{Rule: "signature"}, true},
		{"what Amazon complained about", inspect.Record{Complaints: []inspect.Complaint{{By: 2}}}, true},
		{"what breaks one of Amazon's rules", inspect.Record{Broken: []string{"size"}}, true},
		{"the complaint itself", inspect.Record{Grievance: alexa.Error{Type: "INVALID_RESPONSE"}}, true},
		{"and nothing else", inspect.Record{Type: "LaunchRequest", Status: 200}, false},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, row.record.Troubled()) })
	}
}

func TestAnExchangeInAFewWords(t *testing.T) {
	for _, row := range []struct {
		claim, title, who string
		record            inspect.Record
	}{
		{"an intent with what was said", "ByDate Date=2026 Word=x", "alexa", inspect.Record{Type: "IntentRequest", Intent: "ByDate", Slots: []inspect.Slot{{Name: "Date", Value: "2026"}, {Name: "Word", Value: "x"}}}},
		{"what is no intent", "LaunchRequest", "alexa", inspect.Record{Type: "LaunchRequest"}},
		{"the end of a session, with its reason", "SessionEndedRequest ERROR", "alexa", inspect.Record{Type: "SessionEndedRequest", Reason: "ERROR"}},
		{"a test", "LaunchRequest", "test", inspect.Record{Type: "LaunchRequest", Test: true}},
		{"what may be anybody's", "not verified", "stranger", inspect.Record{Reason: "unknown"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.title, row.record.Title())
			require.Equal(t, row.who, row.record.Who())
		})
	}
}

// What curl says by itself is not said for it; the rest is, by the names that Amazon's manual has.
func TestACommandIsCurls(t *testing.T) {
	x := exchange("r1")
	x.Header = http.Header{
		"Content-Length": {"1"}, "Connection": {"keep-alive"}, "Accept-Encoding": {"gzip"},
		"Signaturecertchainurl": {"https://s3.amazonaws.com/echo.api/a.pem"}, "Content-Type": {"application/json"},
	}
	_, page := newDesk(t, x).get("/exchanges/1")
	for _, own := range []string{"-H &#39;Content-Length", "-H &#39;Connection", "-H &#39;Accept-Encoding"} {
		require.NotContains(t, page, own)
	}
	require.Contains(t, page, "-H &#39;SignatureCertChainUrl: https://s3.amazonaws.com/echo.api/a.pem&#39;")
	require.Contains(t, page, "-H &#39;Content-Type: application/json&#39;")
}

// Amazon counts the bytes of the whole, and of texts what Java calls characters.
func TestLimitsAreAmazons(t *testing.T) {
	x := exchange("r1")
	x.Answer = []byte(`{"sessionAttributes":{"a":1},"response":{"outputSpeech":{"ssml":"a\uffffb😀"},"reprompt":{"outputSpeech":{"ssml":"ab"}},` +
		`"card":{"title":"a","content":"bc","text":"d"}}}`)
	d := newDesk(t, x, forged())
	_, page := d.get("/exchanges/1")
	for _, want := range []string{
		"Speech, markup included</label> <span class=\"code\">5 of 8000 characters", "Reprompt</label> <span class=\"code\">2 of 8000",
		"Card</label> <span class=\"code\">4 of 8000", "Session attributes</label> <span class=\"code\">7 of 24576 bytes",
	} {
		require.Contains(t, page, want)
	}
	_, page = d.get("/exchanges/2")
	require.NotContains(t, page, "limits", "they are not a refusal's")
}

// The address of an exchange is its skill's own, and an example only where that is not known.
func TestTheAddressIsTheSkills(t *testing.T) {
	d := newDesk(t, exchange("r1"))
	d.page.Status = func() inspect.ServiceStatus {
		return inspect.ServiceStatus{Skills: []inspect.SkillStatus{{Name: "another", Endpoint: "https://skill.example.com/another"}, {Name: "halfelf"}}}
	}
	_, page := d.get("/exchanges/1")
	require.Contains(t, page, "curl &#39;https://skill.example.com/alexa/halfelf&#39;")
	_, archive := d.get("/exchanges.har")
	require.Contains(t, archive, `"url": "https://skill.example.com/alexa/halfelf"`)
}

// Only what Alexa was answered is held to her rules, and once, when somebody looks.
func TestAnswersAreExaminedOnce(t *testing.T) {
	examined := 0
	failed := exchange("r2")
	failed.Status, failed.Rule = 500, "internal"
	r := &inspect.Recorder{BrokenRules: func(_, answer []byte) []string {
		examined++
		return []string{string(answer)}
	}}
	observed(t, r, exchange("r1"), failed, refused(exchange("r3"), "timestamp"), forged())
	require.Zero(t, examined)
	for range 3 {
		for _, record := range r.Records() {
			require.Equal(t, record.RequestID == "r1", len(record.Broken) > 0, record.RequestID)
		}
	}
	require.Equal(t, 1, examined)
}
