package inspect_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/inspect"
)

// complaintExchange returns a request of the type kind, in which Amazon reports an error. The report is about the
// response to the request with the id cause. If cause is "", it does not name a request.
func complaintExchange(kind, cause string) inspect.ObservedExchange {
	x := exchange("complaint")
	x.Request = alexa.Request{
		Type: kind, RequestID: "complaint", Cause: alexa.Cause{RequestID: cause},
		Error: alexa.Error{Type: "INVALID_RESPONSE", Message: "of amzn1.ask.account.LISTENER"},
	}
	return x
}

// refusedExchange returns x as the service records it if the request breaks a rule.
func refusedExchange(x inspect.ObservedExchange, rule string) inspect.ObservedExchange {
	x.Status, x.Rule = 400, rule
	return x
}

func TestLinksComplaintToResponse(t *testing.T) {
	for _, row := range []struct {
		claim  string
		last   inspect.ObservedExchange
		target uint64
	}{
		{"to the request that the report names", complaintExchange("System.ExceptionEncountered", "r1"), 1},
		{"to the last response of the session", complaintExchange("SessionEndedRequest", ""), 2},
		{"to none, because the named request is not stored", complaintExchange("System.ExceptionEncountered", "r9"), 0},
		{"a playback error is not linked", complaintExchange("AudioPlayer.PlaybackFailed", ""), 0},
		{"a replayed report is not linked", refusedExchange(complaintExchange("System.ExceptionEncountered", "r1"), "timestamp"), 0},
		{"a report for another skill is not linked", refusedExchange(complaintExchange("SessionEndedRequest", ""), "application-id"), 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			r := &inspect.RequestRecorder{}
			observeInBatches(t, r, exchange("r1"), exchange("r2"), row.last)
			records := r.Records()
			require.Equal(t, row.target, records[0].ComplaintTarget)
			for _, record := range records[1:] {
				require.Equal(t, record.ID == row.target, len(record.Complaints) == 1, record.ID)
			}
			require.NotContains(t, records[0].AmazonError.Message, "LISTENER")
		})
	}
}

// An error of a screen is linked to the last response of the session, with its reason.
func TestLinksScreenErrorToResponse(t *testing.T) {
	x := complaintExchange("Alexa.Presentation.APL.RuntimeError", "")
	x.Request.Error = alexa.Error{}
	x.Request.Errors = []alexa.RuntimeError{{Type: "LIST_ERROR", Reason: "INVALID_OPERATION", Message: "of amzn1.ask.account.LISTENER"}, {Type: "OTHER"}}
	r := &inspect.RequestRecorder{}
	observeInBatches(t, r, exchange("r1"), x)
	records := r.Records()
	require.Equal(t, "LIST_ERROR INVALID_OPERATION", records[0].AmazonError.Type)
	require.NotContains(t, records[0].AmazonError.Message, "LISTENER")
	require.Len(t, records[1].Complaints, 1)
}

// A second report in a session is linked to the same response, not to the first report.
func TestSecondComplaintHasTheSameTarget(t *testing.T) {
	r := &inspect.RequestRecorder{}
	observeInBatches(t, r, exchange("r1"), complaintExchange("SessionEndedRequest", ""), complaintExchange("SessionEndedRequest", ""))
	records := r.Records()
	require.Len(t, records[2].Complaints, 2)
	require.Empty(t, records[1].Complaints)
	require.Equal(t, uint64(2), records[2].Complaints[0].ReportedBy)
}

func TestLimitsStoredComplaints(t *testing.T) {
	long := complaintExchange("System.ExceptionEncountered", "r1")
	long.Request.Error.Message = strings.Repeat("so bad ", 5000)
	many := []inspect.ObservedExchange{exchange("r1")}
	for range 20 {
		many = append(many, long)
	}
	r := &inspect.RequestRecorder{}
	observeInBatches(t, r, many...)
	records := r.Records()
	target := records[len(records)-1]
	require.Len(t, target.Complaints, 5)
	require.Less(t, len(target.Complaints[0].Message), 1100)
}
