"""AWS events in, AWS answers out.

Knows Lambda's and API Gateway's shapes; knows no SQL, no SDK and no prompt. Each module has
`handle(app, event, context)`, which `local/` awaits, and `handler(event, context)` for Lambda.
"""
