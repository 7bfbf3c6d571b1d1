package bot

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// Written lets a request that is made with the context tell whether all of it has gone out: then, when no answer comes, nobody
// knows whether the platform did what it was asked (SendUnknown).
func Written(ctx context.Context) (traced context.Context, written func() bool) {
	var all atomic.Bool
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) {
		if i.Err == nil {
			all.Store(true)
		}
	}}), all.Load
}
