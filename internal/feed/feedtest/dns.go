package feedtest

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"

	"golang.org/x/net/dns/dnsmessage"
)

// LoopbackDNS resolves every name to 127.0.0.1.
func LoopbackDNS() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go answerDNS(server)
		return client, nil
	}}
}

// answerDNS answers a question for an IPv4 address with 127.0.0.1, over a stream (RFC 1035, 4.2.2). The Go resolver
// opens a new stream for each question. For any other question the stream ends without an answer, and the lookup fails.
func answerDNS(c net.Conn) {
	defer func() { _ = c.Close() }()
	var size uint16
	if err := binary.Read(c, binary.BigEndian, &size); err != nil {
		return
	}
	buf := make([]byte, size)
	_, unread := io.ReadFull(c, buf)
	var m dnsmessage.Message
	if err := errors.Join(unread, m.Unpack(buf)); err != nil {
		return
	}
	m.Response, m.Additionals = true, nil
	for _, q := range m.Questions {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
				Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			})
		}
	}
	if out, err := m.Pack(); err == nil {
		_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
	}
}
