package simulator

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// A Demo plays a conversation and forgeries, prints them, and counts the answers that were not expected.
type Demo struct {
	Out        io.Writer
	Unexpected int

	steps int
}

// Play goes through the conversation with a device, and through the forgeries.
func (d *Demo) Play(ctx context.Context, device *Device, conversation []Step) error {
	dialogue := &Dialogue{Device: *device, Out: d.Out}
	for _, step := range conversation {
		d.printf("%s\n", step.Title)
		reply, err := dialogue.Ask(ctx, step.Ask)
		if err != nil {
			return err
		}
		d.expect(reply.Status == http.StatusOK && step.expected(reply), step.Want)
	}
	for _, forgery := range forgeries() {
		if err := d.forge(ctx, device.Client, forgery); err != nil {
			return err
		}
	}
	if d.Unexpected > 0 {
		d.printf("%d of %d answers came out otherwise than expected.\n", d.Unexpected, d.steps)
	} else {
		d.printf("All %d answers came out as expected.\n", d.steps)
	}
	return nil
}

func (d *Demo) forge(ctx context.Context, c *Client, f Forgery) error {
	header, body, err := f.Make(c)
	if err != nil {
		return err
	}
	answer, err := c.post(ctx, header, body)
	if err != nil {
		return err
	}
	d.printf("Forged: %s\n  %d %s\n", f.Title, answer.Status, answer.Message)
	d.expect(answer.Status == http.StatusBadRequest && answer.Message == f.rule.Error(), "400 "+f.rule.Error())
	return nil
}

// expect counts an answer, and prints the expected one if it is another.
func (d *Demo) expect(met bool, want string) {
	d.steps++
	if !met {
		d.Unexpected++
		d.printf("  UNEXPECTED, should be: %s\n", want)
	}
	d.printf("\n")
}

func (d *Demo) printf(format string, args ...any) { _, _ = fmt.Fprintf(d.Out, format, args...) }
