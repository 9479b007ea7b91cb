# People sign in with their e-mail address; most of what a pool can be told.
resource "aws_cognito_user_pool" "people" {
  name                     = "people"
  deletion_protection      = var.changed ? "INACTIVE" : "ACTIVE"
  user_pool_tier           = "PLUS"
  username_attributes      = ["email"]
  auto_verified_attributes = var.changed ? ["email", "phone_number"] : ["email"]
  mfa_configuration        = var.changed ? "ON" : "OPTIONAL"

  sms_authentication_message = var.changed ? "Your new code: {####}" : "Your code: {####}"

  username_configuration {
    case_sensitive = false
  }

  password_policy {
    minimum_length                   = var.changed ? 14 : 12
    require_lowercase                = true
    require_uppercase                = true
    require_numbers                  = true
    require_symbols                  = var.changed
    temporary_password_validity_days = var.changed ? 3 : 7
    password_history_size            = var.changed ? 4 : 2
  }

  software_token_mfa_configuration {
    enabled = true
  }

  sms_configuration {
    external_id    = "people"
    sns_caller_arn = local.role
    sns_region     = "us-east-1"
  }

  email_mfa_configuration {
    subject = var.changed ? "Your new code" : "Your code"
    message = "Your code is {####}."
  }

  email_configuration {
    email_sending_account  = "DEVELOPER"
    from_email_address     = "The house <no-reply@example.com>"
    reply_to_email_address = "help@example.com"
    source_arn             = "arn:aws:ses:us-east-1:000000000000:identity/example.com"
    configuration_set      = var.changed ? "other-mails" : "mails"
  }

  verification_message_template {
    default_email_option  = var.changed ? "CONFIRM_WITH_LINK" : "CONFIRM_WITH_CODE"
    email_subject         = "Confirm your address"
    email_message         = var.changed ? "Here it is: {####}" : "Your code is {####}."
    email_subject_by_link = "Confirm by a click"
    email_message_by_link = "Please {##click here##}."
    sms_message           = "Your code is {####}."
  }

  admin_create_user_config {
    allow_admin_create_user_only = var.changed

    invite_message_template {
      email_subject = "Welcome"
      email_message = "You are {username}, your password is {####}."
      sms_message   = var.changed ? "Hello {username}, password {####}" : "You are {username}, your password is {####}."
    }
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = var.changed ? 2 : 1
    }

    recovery_mechanism {
      name     = "verified_phone_number"
      priority = var.changed ? 1 : 2
    }
  }

  device_configuration {
    challenge_required_on_new_device      = true
    device_only_remembered_on_user_prompt = var.changed
  }

  user_attribute_update_settings {
    attributes_require_verification_before_update = var.changed ? ["email", "phone_number"] : ["email"]
  }

  user_pool_add_ons {
    advanced_security_mode = var.changed ? "AUDIT" : "ENFORCED"

    advanced_security_additional_flows {
      custom_auth_mode = "AUDIT"
    }
  }

  lambda_config {
    pre_sign_up                    = "${local.lambda}:pre-sign-up${var.changed ? "-2" : ""}"
    post_confirmation              = "${local.lambda}:post-confirmation"
    custom_message                 = "${local.lambda}:custom-message"
    user_migration                 = "${local.lambda}:user-migration"
    define_auth_challenge          = "${local.lambda}:define-auth-challenge"
    create_auth_challenge          = "${local.lambda}:create-auth-challenge"
    verify_auth_challenge_response = "${local.lambda}:verify-auth-challenge"
    kms_key_id                     = "arn:aws:kms:us-east-1:000000000000:key/0f8d1f0e-1b7b-4b1c-9d3c-1c2d3e4f5a6b"

    pre_token_generation_config {
      lambda_arn     = "${local.lambda}:pre-token-generation"
      lambda_version = var.changed ? "V3_0" : "V2_0"
    }

    custom_email_sender {
      lambda_arn     = "${local.lambda}:email-sender"
      lambda_version = "V1_0"
    }

    custom_sms_sender {
      lambda_arn     = "${local.lambda}:sms-sender"
      lambda_version = "V1_0"
    }
  }

  schema {
    name                = "email"
    attribute_data_type = "String"
    mutable             = true
    required            = true

    string_attribute_constraints {
      min_length = 5
      max_length = 320
    }
  }

  schema {
    name                = "tenant"
    attribute_data_type = "String"
    mutable             = false

    string_attribute_constraints {
      min_length = 1
      max_length = 36
    }
  }

  schema {
    name                = "seats"
    attribute_data_type = "Number"
    mutable             = true

    number_attribute_constraints {
      min_value = 0
      max_value = 500
    }
  }

  schema {
    name                = "trial"
    attribute_data_type = "Boolean"
    mutable             = true
  }

  schema {
    name                = "joined"
    attribute_data_type = "DateTime"
    mutable             = true
  }

  # Added while the pool is in use.
  dynamic "schema" {
    for_each = var.changed ? ["plan"] : []

    content {
      name                = schema.value
      attribute_data_type = "String"
      mutable             = true

      string_attribute_constraints {
        min_length = 0
        max_length = 20
      }
    }
  }

  tags = var.changed ? { stage = "production", owner = "ada" } : { stage = "test" }
}
