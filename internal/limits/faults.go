package limits

import (
	"fmt"

	"lastpost/internal/faultlog"
)

const headerRemedy = "If a proxy of yours adds them, let it add fewer fields. Otherwise no action is needed: Alexa's own headers are small."

// PartsFault returns the fault of a header with too many parts. excess comes from HeaderExcess.
func PartsFault(excess string) faultlog.Fault {
	return faultlog.Fault{Kind: "header-parts", Text: "a request was refused because its header has " + excess, Remedy: headerRemedy}
}

// SizeFault returns the fault of a header with more than limit bytes.
func SizeFault(limit int) faultlog.Fault {
	text := fmt.Sprintf("a request was refused because its header is larger than %d KiB", limit>>10)
	return faultlog.Fault{Kind: "header-size", Text: text, Remedy: headerRemedy}
}

// BodyFault returns the fault of a large body that did not get its bytes from the budget.
func BodyFault() faultlog.Fault {
	return faultlog.Fault{Kind: "body-budget",
		Text: "a large request was refused, because other large ones use all of the memory for bodies",
		Remedy: "If a proxy sends all requests, name it in proxy, so that each client has its own share. " +
			"Otherwise no action is needed: Alexa's own requests do not need this memory."}
}
