package inspect_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/inspect"
)

func TestNeedsAttention(t *testing.T) {
	for _, row := range []struct {
		claim  string
		record inspect.Record
		want   bool
	}{
		{"a request that broke a rule", inspect.Record{Rule: "signature"}, true},
		{"a response with an error report", inspect.Record{Complaints: []inspect.Complaint{{ReportedBy: 2}}}, true},
		{"a response that breaks Amazon's rules", inspect.Record{BrokenRules: []string{"size"}}, true},
		{"the error report itself", inspect.Record{AmazonError: alexa.Error{Type: "INVALID_RESPONSE"}}, true},
		{"a normal exchange does not", inspect.Record{Type: "LaunchRequest", Status: 200}, false},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, row.record.NeedsAttention()) })
	}
}

func TestSender(t *testing.T) {
	for _, row := range []struct {
		claim, sender string
		record        inspect.Record
	}{
		{"a request of Alexa", "alexa", inspect.Record{Type: "LaunchRequest"}},
		{"a test", "test", inspect.Record{Type: "LaunchRequest", Test: true}},
		{"an unverified request", "unverified", inspect.Record{Reason: "unknown"}},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.sender, row.record.Sender()) })
	}
}

// The command omits the headers that curl sets itself. It spells the other headers as Amazon's documentation does.
func TestCurlCommandHeaders(t *testing.T) {
	x := exchange("r1")
	x.Header = http.Header{
		"Content-Length": {"1"}, "Connection": {"keep-alive"}, "Accept-Encoding": {"gzip"},
		"Signaturecertchainurl": {"https://s3.amazonaws.com/echo.api/a.pem"}, "Content-Type": {"application/json"},
	}
	_, page := newPageFixture(t, x).get("/exchanges/1")
	for _, own := range []string{"-H &#39;Content-Length", "-H &#39;Connection", "-H &#39;Accept-Encoding"} {
		require.NotContains(t, page, own)
	}
	require.Contains(t, page, "-H &#39;SignatureCertChainUrl: https://s3.amazonaws.com/echo.api/a.pem&#39;")
	require.Contains(t, page, "-H &#39;Content-Type: application/json&#39;")
}

// The page shows UTF-16 units of texts, because Amazon counts these. For a refusal it does not show limits.
func TestMeasuresAsAmazonDoes(t *testing.T) {
	x := exchange("r1")
	x.Answer = []byte(`{"sessionAttributes":{"a":1},"response":{"outputSpeech":{"ssml":"a\uffffb😀"},"reprompt":{"outputSpeech":{"ssml":"ab"}},` +
		`"card":{"title":"a","content":"bc","text":"d"}}}`)
	d := newPageFixture(t, x, forgedExchange())
	_, page := d.get("/exchanges/1")
	for _, want := range []string{
		"Speech including markup</label> <span class=\"code\">5 of 8000 characters", "Reprompt</label> <span class=\"code\">2 of 8000",
		"Card</label> <span class=\"code\">4 of 8000", "Session attributes</label> <span class=\"code\">7 of 24576 bytes",
	} {
		require.Contains(t, page, want)
	}
	_, page = d.get("/exchanges/2")
	require.NotContains(t, page, "limits", "a refusal has no limits")
}

// The curl command and the HAR file contain an example URL if the endpoint of the exchange's skill is unknown.
func TestShowsEndpointOfTheSkill(t *testing.T) {
	d := newPageFixture(t, exchange("r1"))
	d.page.Status = func() inspect.ServiceStatus {
		return inspect.ServiceStatus{Skills: []inspect.SkillStatus{{Name: "another", Endpoint: "https://skill.example.com/another"}, {Name: "halfelf"}}}
	}
	_, page := d.get("/exchanges/1")
	require.Contains(t, page, "curl &#39;https://skill.example.com/alexa/halfelf&#39;")
	_, archive := d.get("/exchanges.har")
	require.Contains(t, archive, `"url": "https://skill.example.com/alexa/halfelf"`)
}

// Only answered requests of Alexa are checked, once, when the record is first read.
func TestChecksEachResponseOnce(t *testing.T) {
	checks := 0
	failed := exchange("r2")
	failed.Status, failed.Rule = 500, "internal"
	r := &inspect.RequestRecorder{BrokenRules: func(_, answer []byte) []string {
		checks++
		return []string{string(answer)}
	}}
	observeInBatches(t, r, exchange("r1"), failed, refusedExchange(exchange("r3"), "timestamp"), forgedExchange())
	require.Zero(t, checks)
	for range 3 {
		for _, record := range r.Records() {
			require.Equal(t, record.RequestID == "r1", len(record.BrokenRules) > 0, record.RequestID)
		}
	}
	require.Equal(t, 1, checks)
}
