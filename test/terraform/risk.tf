resource "aws_cognito_risk_configuration" "people" {
  user_pool_id = aws_cognito_user_pool.people.id

  account_takeover_risk_configuration {
    notify_configuration {
      from       = "security@example.com"
      reply_to   = "help@example.com"
      source_arn = "arn:aws:ses:us-east-1:000000000000:identity/example.com"

      block_email {
        subject   = "Blocked"
        text_body = "A sign-in was blocked."
        html_body = "<p>A sign-in was blocked.</p>"
      }

      mfa_email {
        subject   = "A second factor was asked for"
        text_body = "Was it you?"
        html_body = "<p>Was it you?</p>"
      }

      no_action_email {
        subject   = "A new sign-in"
        text_body = "Was it you?"
        html_body = "<p>Was it you?</p>"
      }
    }

    actions {
      low_action {
        event_action = "NO_ACTION"
        notify       = var.changed
      }

      medium_action {
        event_action = "MFA_IF_CONFIGURED"
        notify       = true
      }

      high_action {
        event_action = var.changed ? "BLOCK" : "MFA_REQUIRED"
        notify       = true
      }
    }
  }

  compromised_credentials_risk_configuration {
    event_filter = var.changed ? ["SIGN_IN", "PASSWORD_CHANGE"] : ["SIGN_IN"]

    actions {
      event_action = "BLOCK"
    }
  }

  risk_exception_configuration {
    blocked_ip_range_list = ["203.0.113.0/24"]
    skipped_ip_range_list = var.changed ? ["198.51.100.7/32", "192.0.2.0/24"] : ["198.51.100.7/32"]
  }
}

resource "aws_cognito_risk_configuration" "spa" {
  user_pool_id = aws_cognito_user_pool.people.id
  client_id    = aws_cognito_user_pool_client.spa.id

  risk_exception_configuration {
    blocked_ip_range_list = var.changed ? ["203.0.113.8/32"] : ["203.0.113.0/24"]
  }
}
