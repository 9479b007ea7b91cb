# User names with aliases, and a choice of the first factor.
resource "aws_cognito_user_pool" "staff" {
  name                     = "staff"
  alias_attributes         = ["email", "preferred_username"]
  auto_verified_attributes = ["email"]
  user_pool_tier           = var.changed ? "PLUS" : "ESSENTIALS"

  email_verification_subject = var.changed ? "Another code" : "A code"
  email_verification_message = "The code: {####}"
  sms_verification_message   = "The code: {####}"

  sign_in_policy {
    allowed_first_auth_factors = var.changed ? ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"] : ["PASSWORD", "EMAIL_OTP"]
  }

  web_authn_configuration {
    relying_party_id  = "example.com"
    user_verification = var.changed ? "required" : "preferred"
  }
}

# Nothing but a name: what is left out has its defaults, and stays so.
resource "aws_cognito_user_pool" "plain" {
  name = "plain"
}

# Everything is taken away from it.
resource "aws_cognito_user_pool" "former" {
  name                       = "former"
  auto_verified_attributes   = var.changed ? [] : ["email"]
  mfa_configuration          = var.changed ? "OFF" : "OPTIONAL"
  sms_authentication_message = var.changed ? null : "Your code: {####}"
  tags                       = var.changed ? {} : { stage = "test" }

  dynamic "software_token_mfa_configuration" {
    for_each = var.changed ? [] : ["on"]

    content {
      enabled = true
    }
  }

  dynamic "account_recovery_setting" {
    for_each = var.changed ? [] : ["admin_only"]

    content {
      recovery_mechanism {
        name     = account_recovery_setting.value
        priority = 1
      }
    }
  }

  dynamic "device_configuration" {
    for_each = var.changed ? [] : ["on"]

    content {
      challenge_required_on_new_device = true
    }
  }

  dynamic "user_attribute_update_settings" {
    for_each = var.changed ? [] : ["email"]

    content {
      attributes_require_verification_before_update = [user_attribute_update_settings.value]
    }
  }

  dynamic "email_configuration" {
    for_each = var.changed ? [] : ["help@example.com"]

    content {
      reply_to_email_address = email_configuration.value
    }
  }

  dynamic "lambda_config" {
    for_each = var.changed ? [] : ["pre-authentication"]

    content {
      pre_authentication   = "${local.lambda}:${lambda_config.value}"
      post_authentication  = "${local.lambda}:${lambda_config.value}"
      pre_token_generation = "${local.lambda}:${lambda_config.value}"
    }
  }
}
